# One executable in an image without a shell: nothing else is in it that could be attacked or would have to be updated.
FROM node:24-bookworm-slim AS build
WORKDIR /latchkey
COPY package.json package-lock.json .npmrc bunfig.toml ./
COPY packages/client/package.json packages/client/
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run --silent build:binary -- /out/latchkey && mkdir -p /out/data

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /out/latchkey /usr/local/bin/latchkey
COPY --from=build --chown=65532:65532 /out/data /data
ENV LATCHKEY_HOST=0.0.0.0 \
    LATCHKEY_PORT=8080 \
    LATCHKEY_DATABASE_URL=sqlite:/data/latchkey.db \
    MIMALLOC_PURGE_HOLES=0 \
    MIMALLOC_PURGE_DELAY=2000 \
    BUN_JSC_gcMaxHeapSize=24000000
USER 65532:65532
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8080
# Signals reach the server itself, which is process 1: SIGTERM finishes what runs and writes what is in memory.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["/usr/local/bin/latchkey", "health"]
ENTRYPOINT ["/usr/local/bin/latchkey"]
CMD ["serve"]
