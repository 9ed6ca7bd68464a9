# A Debian package of what cmake --install installs: cpack in a build of the preset `deb` (scripts/package.sh).
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} PATTERN dev EXCLUDE)
install(DIRECTORY scripts/cron DESTINATION ${CMAKE_INSTALL_DATADIR}/myosurv)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME myosurv)
set(CPACK_PACKAGE_CONTACT "the developers of myosurv")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
  "Finds the third lumbar vertebra on abdominal CT, outlines and measures skeletal muscle there, extracts radiomics features, trains deep Cox networks, and reports survival beside the traditional definitions of sarcopenia.")
# The libraries that the program and its modules link, by dpkg-shlibdeps; the fonts of the figures by name.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR} ${MS_MODULE_OUTPUT})
set(CPACK_DEBIAN_PACKAGE_DEPENDS "fonts-dejavu-core")
include(CPack)
