# What the OTLP exporters share. Each exporter is built with its own copy: in a shared library
# the symbols are hidden, and of static ones the linker takes the first.
set(HAETAE_OTLP_SOURCES "")
foreach(file body buffer compress create decode dial exit exporter fallback fork fresh give_up headers keys loop metric_reader option options own_options
             renew response secrets sigv4 sockets stall state target text tls token transfer unix_socket url
    wake)
  list(APPEND HAETAE_OTLP_SOURCES ${CMAKE_CURRENT_LIST_DIR}/${file}.c)
endforeach()
