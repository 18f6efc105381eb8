# The service alone: MongoDB and Redis are given by MONGODB_URI and REDIS_URL, nothing is installed at run time.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json nest-cli.json .swcrc ./
COPY src src
RUN npm run build && npm prune --omit=dev

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3017
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
USER node
EXPOSE 3017
# No curl in the slim image; Node itself asks.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Exec form: Node is process 1 and gets SIGTERM itself.
# The heap's flags are those of npm run start:prod, which PERFORMANCE.md explains; a busy process takes some 200 MB.
CMD ["node", "--max-semi-space-size=8", "--no-allocation-site-pretenuring", "--max-old-space-size=384", "dist/main.js"]
