# Libraries the C code links. ITK and libtorch are not here: only their shims see them (shims.cmake).
find_package(PkgConfig REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(GSL REQUIRED IMPORTED_TARGET gsl)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)
pkg_check_modules(NETTLE REQUIRED IMPORTED_TARGET nettle)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
pkg_check_modules(CAIRO REQUIRED IMPORTED_TARGET pangocairo cairo cairo-svg cairo-pdf)

# What every target of ours is compiled with. No fused multiply-add: the same bytes from every compiler flag set.
add_library(ms_flags INTERFACE)
target_compile_options(ms_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow $<$<COMPILE_LANGUAGE:C>:-Wconversion -Wstrict-prototypes>
  -ffp-contract=off -fvisibility=hidden
  $<$<BOOL:${MYOSURV_WERROR}>:-Werror>)
target_compile_definitions(ms_flags INTERFACE _GNU_SOURCE MS_VERSION="${PROJECT_VERSION}")
target_include_directories(ms_flags INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>)
if(MYOSURV_SANITIZE)
  target_compile_options(ms_flags INTERFACE -fsanitize=${MYOSURV_SANITIZE} -fno-omit-frame-pointer
                                            -fno-sanitize-recover=undefined)
  target_link_options(ms_flags INTERFACE -fsanitize=${MYOSURV_SANITIZE})
  target_compile_definitions(ms_flags INTERFACE MS_SANITIZED=1)
endif()
