file(GLOB cli_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/cli/*.c)
add_executable(myosurv ${cli_sources})
target_link_libraries(myosurv PRIVATE ms_flags ms_study)
add_dependencies(myosurv ms_itk ms_torch ms_segnet)
