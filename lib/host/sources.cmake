# What the kernel counts of this process and its host; paths are relative to lib/.
set(HAETAE_HOST_SOURCES
  host/devices.c
  host/file_systems.c
  host/lines.c
  host/machine.c
  host/process.c)
