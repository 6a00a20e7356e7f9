import { api, isMissing, type Participant } from './api.ts';
import { count, duration, percent } from './format.ts';
import { hrefTo } from './route.ts';
import { toWord } from './saga-query.ts';
import { Card, Code, ErrorNotice, Notice, Text } from './text.tsx';
import { useLoad } from './use-load.ts';

/** Who answers commands now, and how. */
export function ParticipantsScreen() {
  const { data, error, reload } = useLoad('participants', (signal) => api.participants(signal), {
    every: 5_000,
    keeps: true,
  });
  return (
    <div class="screen">
      <header class="screen-head">
        <h1>Participants</h1>
      </header>
      {data === undefined ? (
        error === undefined ? (
          <Notice kind="loading" title="Asking who is there …" />
        ) : isMissing(error) ? (
          <Notice kind="empty" title="This node cannot tell who is there">
            <p>Participants are found over NATS, as micro services.</p>
          </Notice>
        ) : (
          <ErrorNotice error={error} retry={reload} />
        )
      ) : (
        <>
          {data.unseen.length === 0 ? null : (
            <Notice kind="error" title="Nobody is seen to offer these operations">
              <p class="unseen">
                {data.unseen.map((operation) => (
                  <Code key={operation} value={operation} />
                ))}
              </p>
              <p>Nobody serves them, or somebody who cannot be discovered.</p>
            </Notice>
          )}
          {data.participants.length === 0 ? <Notice kind="empty" title="Nobody answers" /> : null}
          <div class="participants">
            {data.participants.map((one) => (
              <ParticipantCard key={one.name} participant={one} />
            ))}
          </div>
        </>
      )}
    </div>
  );
}

function ParticipantCard({ participant }: { readonly participant: Participant }) {
  const { name, version, instances, operations } = participant;
  const tools = (
    <a href={hrefTo(['sagas'], { q: toWord('participant', name) })} title="Sagas that wait for its answer">
      who waits for it
    </a>
  );
  return (
    <Card title={name} tools={tools} class="participant">
      <p class="participant-about">
        <span class="badge is-completed">
          {instances} {instances === 1 ? 'instance' : 'instances'}
        </span>{' '}
        version <Text value={version} />
      </p>
      <div class="table-scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Operation</th>
              <th scope="col">Asked</th>
              <th scope="col">Errors</th>
              <th scope="col">Average</th>
            </tr>
          </thead>
          <tbody>
            {operations.map((one) => (
              <tr key={one.name}>
                <th scope="row">
                  <Code value={one.name} />
                </th>
                <td class="number">{count(one.requests)}</td>
                <td class={`number ${one.errors > 0 ? 'is-bad' : ''}`}>
                  {count(one.errors)}{' '}
                  <small>{percent(one.requests === 0 ? null : one.errors / one.requests)}</small>
                </td>
                <td class="number">{one.requests === 0 ? '–' : duration(one.averageMs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
