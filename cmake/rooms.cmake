# One static library a room; every .c file in the room's folder belongs to it. A room links only the rooms
# below it, so a call up or across the house does not link.
function(ms_room name)
  cmake_parse_arguments(ARG "" "" "USES;LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.c)
  add_library(ms_${name} STATIC ${sources})
  target_link_libraries(ms_${name} PRIVATE ms_flags PUBLIC ${ARG_USES} ${ARG_LINKS})
endfunction()

ms_room(base LINKS m gslcblas PkgConfig::GSL PkgConfig::CJSON PkgConfig::NETTLE ZLIB::ZLIB
        Threads::Threads ${CMAKE_DL_LIBS})
ms_room(image USES ms_base)
ms_room(phantom USES ms_image)
ms_room(body USES ms_image)
ms_room(radiomics USES ms_image LINKS PkgConfig::YAML)
ms_room(survival USES ms_base)
ms_room(model USES ms_image)
ms_room(plot USES ms_base LINKS PkgConfig::CAIRO)
ms_room(study USES ms_phantom ms_body ms_radiomics ms_survival ms_model ms_plot)

target_compile_definitions(ms_base PRIVATE MS_MODULE_DIR="${CMAKE_INSTALL_FULL_LIBDIR}/myosurv"
                                           MS_DATA_DIR="${CMAKE_INSTALL_FULL_DATADIR}/myosurv")

# The parts of report.html that are not C.
foreach(part style:report.css viewer:viewer.html corrections_script:corrections.js viewer_script:viewer.js)
  string(REPLACE ":" ";" part ${part})
  list(GET part 0 name)
  list(GET part 1 file)
  ms_embed(ms_study ms_page_${name} ${PROJECT_SOURCE_DIR}/src/study/page/${file})
endforeach()
