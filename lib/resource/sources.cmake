# Resources and their detectors; paths are relative to lib/.
set(HAETAE_RESOURCE_SOURCES
  resource/cloud.c
  resource/container.c
  resource/detect.c
  resource/detector.c
  resource/detectors.c
  resource/file.c
  resource/instance_id.c
  resource/kubernetes.c
  resource/own_detector.c
  resource/resource.c
  resource/resource_public.c
  resource/system.c)
