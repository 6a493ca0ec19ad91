# Metrics; paths are relative to lib/.
set(HAETAE_METRICS_SOURCES
  metrics/attributes.c
  metrics/bound.c
  metrics/cell.c
  metrics/collect.c
  metrics/instrument.c
  metrics/plain.c
  metrics/provider.c
  metrics/record.c
  metrics/series.c
  metrics/snapshot.c)
