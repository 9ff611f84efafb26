# docker build -t registry.example.com/fairlead:0.1.0 .
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Nothing that runs needs an install script.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
# Optional is the Node.js for systems that have none (and, before this line, the compiler of TypeScript 7).
RUN npm run build && npm prune --ignore-scripts --omit=dev --omit=optional

FROM node:24-bookworm-slim
# git 2.39, and what it needs to speak HTTPS.
RUN apt-get update && apt-get install -y --no-install-recommends git ca-certificates && rm -rf /var/lib/apt/lists/*
# For environments with `render: kustomize`.
COPY --from=registry.k8s.io/kustomize/kustomize:v5.8.1 /app/kustomize /usr/local/bin/kustomize
WORKDIR /app
COPY package.json app.yml ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
RUN install -d -o node -g node -m 0700 /var/lib/fairlead
USER node
# With PostgreSQL as store, the git mirrors lie in the working folder.
WORKDIR /var/lib/fairlead
VOLUME /var/lib/fairlead
EXPOSE 3000
ENTRYPOINT ["node", "/app/dist/cli/fairlead.js"]
CMD ["serve", "--config", "/etc/fairlead/fairlead.operator.yaml"]
