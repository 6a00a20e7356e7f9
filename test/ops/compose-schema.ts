/**
 * The form that our Compose file is to have, narrower than the specification's own schema: ports on loopback only, environments as
 * texts, durations with units. What stands in the file must be here.
 */
const words = { type: 'array', items: { type: 'string', minLength: 1 } } as const;
const duration = { type: 'string', pattern: '^(\\d+(us|ms|s|m|h))+$' } as const;
const name = '^[a-zA-Z0-9._-]+$';

const service = {
  type: 'object',
  additionalProperties: false,
  required: ['image'],
  properties: {
    image: { type: 'string', pattern: '^[a-z0-9][a-z0-9./_-]*(:[\\w][\\w.-]{0,127})?$' },
    build: { type: 'string', minLength: 1 },
    entrypoint: words,
    command: words,
    environment: {
      type: 'object',
      // Compose also takes numbers and null; a boolean it refuses. Text leaves nothing to be guessed.
      patternProperties: { '^[A-Za-z_][A-Za-z0-9_]*$': { type: 'string' } },
      additionalProperties: false,
    },
    ports: {
      type: 'array',
      uniqueItems: true,
      items: { type: 'string', pattern: '^127\\.0\\.0\\.1:\\d{1,5}:\\d{1,5}$' },
    },
    volumes: {
      type: 'array',
      uniqueItems: true,
      items: { type: 'string', pattern: '^(\\./[\\w./-]+|[\\w.-]+):/[\\w./-]+(:ro|:rw)?$' },
    },
    depends_on: {
      type: 'object',
      patternProperties: {
        [name]: {
          type: 'object',
          additionalProperties: false,
          required: ['condition'],
          properties: {
            condition: { enum: ['service_started', 'service_healthy', 'service_completed_successfully'] },
          },
        },
      },
      additionalProperties: false,
    },
    restart: { enum: ['no', 'always', 'on-failure', 'unless-stopped'] },
    stop_grace_period: duration,
    healthcheck: {
      type: 'object',
      additionalProperties: false,
      required: ['test'],
      properties: {
        test: {
          ...words,
          minItems: 2,
          contains: { enum: ['CMD', 'CMD-SHELL'] },
        },
        interval: duration,
        timeout: duration,
        start_period: duration,
        retries: { type: 'integer', minimum: 1 },
      },
    },
  },
} as const;

/** The schema, as ajv takes it. */
export const composeSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'services', 'volumes'],
  properties: {
    name: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]*$' },
    services: { type: 'object', patternProperties: { [name]: service }, additionalProperties: false },
    // A volume without options is written as nothing at all.
    volumes: {
      type: 'object',
      patternProperties: { [name]: { type: 'null' } },
      additionalProperties: false,
    },
  },
};
