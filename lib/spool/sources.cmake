# The spool; paths are relative to lib/.
set(HAETAE_SPOOL_SOURCES
  spool/segment.c
  spool/spool.c
  spool/spool_append.c
  spool/spool_bounds.c
  spool/spool_directory.c
  spool/spool_list.c
  spool/spool_look.c
  spool/spool_out.c
  spool/spool_owner.c)
