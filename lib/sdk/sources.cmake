# The SDK, with what its configuration needs of lib/base; paths are relative to lib/.
set(HAETAE_SDK_SOURCES
  base/diagnostics.c
  base/status.c
  base/version.c
  sdk/config.c
  sdk/config_error.c
  sdk/config_keys.c
  sdk/config_pairs.c
  sdk/config_read.c
  sdk/config_value.c
  sdk/options.c
  sdk/providers.c
  sdk/resource.c
  sdk/resource_list.c
  sdk/resource_system.c
  sdk/sdk.c
  sdk/stats.c)
