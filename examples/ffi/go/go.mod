module haetae.example/ffi

go 1.19
