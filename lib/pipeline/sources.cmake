# The pipeline; paths are relative to lib/.
set(HAETAE_PIPELINE_SOURCES
  pipeline/batch.c
  pipeline/delivery.c
  pipeline/delivery_view.c
  pipeline/exporter.c
  pipeline/flush.c
  pipeline/fork.c
  pipeline/intake.c
  pipeline/pipeline.c
  pipeline/request.c
  pipeline/split.c
  pipeline/turn.c
  pipeline/verdict.c
  pipeline/worker.c)
