# ms_embed(TARGET SYMBOL FILE): the file's bytes as a NUL-terminated `const char SYMBOL[]` of the target. As numbers,
# because a C compiler need not take a string literal longer than 4095 characters.
function(ms_embed target symbol file)
  set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n" bytes "${bytes}")
  set(generated ${PROJECT_BINARY_DIR}/embedded/${symbol}.c)
  file(CONFIGURE OUTPUT ${generated} @ONLY
       CONTENT "extern const char @symbol@[];\nconst char @symbol@[] = {\n@bytes@0};\n")
  target_sources(${target} PRIVATE ${generated})
endfunction()
