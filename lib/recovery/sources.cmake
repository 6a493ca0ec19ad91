# Recovery of what dead processes left; paths are relative to lib/.
set(HAETAE_RECOVERY_SOURCES
  recovery/check.c
  recovery/dead.c
  recovery/dead_chain.c
  recovery/dead_lane.c
  recovery/dead_log.c
  recovery/dead_look.c
  recovery/dead_metrics.c
  recovery/dead_read.c
  recovery/dead_span.c
  recovery/mark.c
  recovery/recovery.c
  recovery/recovery_directory.c
  recovery/recovery_files.c
  recovery/recovery_lock.c
  recovery/recovery_read.c
  recovery/spool_recovery.c)
