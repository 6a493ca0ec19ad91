# What each OTLP exporter needs: haetae_find_otlp_needs(<PART>) finds it, and says in `missing` what is
# not there. `codecs` and `codec_libs` are the sources and libraries that compress, the same for all
# exporters: a program that links two static ones gets these files from one of them.
#
# libcurl 7.74 is the oldest that the tests run with (make distro). 7.87 is the first that can
# give up a name look-up without waiting.
macro(haetae_find_otlp_needs part)
  haetae_find_package(CURL CURL::libcurl)
  haetae_find_package(ZLIB ZLIB::ZLIB)
  haetae_find_module(ISAL libisal)
  haetae_find_module(ZSTD libzstd)
  set(missing "")
  if(NOT TARGET CURL::libcurl)
    list(APPEND missing "libcurl >= 7.74 (Debian package: libcurl4-openssl-dev)")
  elseif(CURL_VERSION_STRING AND CURL_VERSION_STRING VERSION_LESS 7.74)
    list(APPEND missing "libcurl >= 7.74, found ${CURL_VERSION_STRING} (${CURL_LIBRARIES})")
  endif()
  if(NOT TARGET ZLIB::ZLIB AND NOT TARGET PkgConfig::ISAL)
    list(APPEND missing "zlib (zlib1g-dev)")
  endif()
  if(NOT TARGET haetae_proto)
    list(APPEND missing "protobuf-c (libprotobuf-c-dev protobuf-c-compiler pkg-config)")
  endif()
  if(NOT missing AND CURL_VERSION_STRING AND CURL_VERSION_STRING VERSION_LESS 7.87)
    haetae_note_on_part(${part} "libcurl ${CURL_VERSION_STRING} waits for a name look-up when a \
request is given up, so a shutdown can outlast its time; 7.87 does not")
  endif()

  # gzip by ISA-L takes a sixth of zlib's time. Without libzstd the value zstd of the compression keys
  # is refused.
  set(codecs gzip_zlib zstandard_none)
  set(codec_libs ZLIB::ZLIB)
  if(TARGET PkgConfig::ISAL)
    set(codecs gzip_isal zstandard_none)
    set(codec_libs PkgConfig::ISAL)
  endif()
  if(TARGET PkgConfig::ZSTD)
    list(TRANSFORM codecs REPLACE zstandard_none zstandard_libzstd)
    list(APPEND codec_libs PkgConfig::ZSTD)
  endif()
  list(TRANSFORM codecs PREPEND ../otlp/)
  list(TRANSFORM codecs APPEND .c)
endmacro()
