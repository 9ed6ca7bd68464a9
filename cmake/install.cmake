# cmake --install: program, library, modules, headers, data, CMake package, pkg-config file, man pages, completion.
file(WRITE ${PROJECT_BINARY_DIR}/library.c "typedef int ms_library_has_no_source_of_its_own;\n")
add_library(myosurv_library SHARED ${PROJECT_BINARY_DIR}/library.c)
set_target_properties(myosurv_library PROPERTIES
  OUTPUT_NAME myosurv EXPORT_NAME myosurv VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
  LINKER_LANGUAGE C)
foreach(room base image phantom body radiomics survival model plot study)
  target_link_options(myosurv_library PRIVATE
    "SHELL:-Wl,--whole-archive $<TARGET_FILE:ms_${room}> -Wl,--no-whole-archive")
  list(APPEND archives ms_${room})
endforeach()
add_dependencies(myosurv_library ${archives})
if(NOT MYOSURV_SANITIZE)
  target_link_options(myosurv_library PRIVATE -Wl,--no-undefined)
endif()
target_link_libraries(myosurv_library PRIVATE
  m gslcblas PkgConfig::GSL PkgConfig::CJSON PkgConfig::NETTLE PkgConfig::YAML PkgConfig::CAIRO ZLIB::ZLIB
  Threads::Threads ${CMAKE_DL_LIBS})
target_include_directories(myosurv_library INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

# Man pages come from the command table, so the program itself writes them.
set(MS_MAN_DIR ${PROJECT_BINARY_DIR}/man)
add_custom_command(OUTPUT ${MS_MAN_DIR}/myosurv.1 ${PROJECT_BINARY_DIR}/myosurv.bash
                          ${PROJECT_BINARY_DIR}/myosurv.zsh ${PROJECT_BINARY_DIR}/myosurv.fish
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${MS_MAN_DIR}
  COMMAND $<TARGET_FILE:myosurv> version --man ${MS_MAN_DIR}
  COMMAND $<TARGET_FILE:myosurv> version --completion bash > ${PROJECT_BINARY_DIR}/myosurv.bash
  COMMAND $<TARGET_FILE:myosurv> version --completion zsh > ${PROJECT_BINARY_DIR}/myosurv.zsh
  COMMAND $<TARGET_FILE:myosurv> version --completion fish > ${PROJECT_BINARY_DIR}/myosurv.fish
  DEPENDS myosurv VERBATIM)
add_custom_target(man ALL DEPENDS ${MS_MAN_DIR}/myosurv.1)

install(TARGETS myosurv RUNTIME)
install(TARGETS myosurv_library EXPORT myosurv LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS ms_itk ms_torch ms_segnet LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/myosurv)
install(DIRECTORY include/myosurv DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.h)
install(DIRECTORY data/ DESTINATION ${CMAKE_INSTALL_DATADIR}/myosurv)
install(PROGRAMS scripts/slurm/myosurv.sbatch scripts/slurm/submit.sh DESTINATION ${CMAKE_INSTALL_DATADIR}/myosurv/slurm)
install(FILES scripts/Snakefile DESTINATION ${CMAKE_INSTALL_DATADIR}/myosurv)
install(DIRECTORY ${MS_MAN_DIR}/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${PROJECT_BINARY_DIR}/myosurv.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
        RENAME myosurv)
install(FILES ${PROJECT_BINARY_DIR}/myosurv.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions
        RENAME _myosurv)
install(FILES ${PROJECT_BINARY_DIR}/myosurv.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

include(CMakePackageConfigHelpers)
set(MS_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/myosurv)
install(EXPORT myosurv NAMESPACE myosurv:: DESTINATION ${MS_PACKAGE_DIR} FILE myosurv-config.cmake)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/myosurv-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/myosurv-config-version.cmake DESTINATION ${MS_PACKAGE_DIR})
configure_file(cmake/myosurv.pc.in ${PROJECT_BINARY_DIR}/myosurv.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/myosurv.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
