# The command line with the sagas of the order example; docker-compose.yml runs it. For sagas of your own: install `sagachart`
# in your image, and `sagachart serve` your module.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Not `npm ci`: it refuses a lock file that lacks binaries for platforms other than the one it was made on.
RUN npm install --no-audit --no-fund
COPY . .
RUN npm run build \
  && npx esbuild examples/order/saga.ts examples/order/serve-participants.ts \
    --bundle --packages=external --platform=node --format=esm --outdir=sagas \
  && npm prune --omit=dev --no-audit --no-fund

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/drizzle drizzle
COPY --from=build /app/sagas sagas
USER node
# The API, and health and metrics.
EXPOSE 7411 9464
ENTRYPOINT ["node", "dist/cli/main.js"]
CMD ["serve", "sagas/saga.js"]
