# ITK and libtorch live in modules that the program opens when it first needs them.
set(MS_MODULE_OUTPUT ${PROJECT_BINARY_DIR}/modules)

find_package(ITK 5.2 REQUIRED COMPONENTS ITKCommon ITKIOImageBase ITKIOGDCM ITKIONIFTI ITKIONRRD ITKIOMeta)
add_library(ms_itk MODULE ${PROJECT_SOURCE_DIR}/src/image/itk_shim.cpp)
target_include_directories(ms_itk PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
target_include_directories(ms_itk SYSTEM PRIVATE ${ITK_INCLUDE_DIRS})
target_link_libraries(ms_itk PRIVATE ${ITK_LIBRARIES})

find_package(Torch REQUIRED)
add_library(ms_torch MODULE ${PROJECT_SOURCE_DIR}/src/model/torch_shim.cpp)
add_library(ms_segnet MODULE ${PROJECT_SOURCE_DIR}/src/model/segnet_shim.cpp)
foreach(module ms_torch ms_segnet)
  target_include_directories(${module} PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${module} PRIVATE ${TORCH_LIBRARIES})
endforeach()

foreach(module ms_itk ms_torch ms_segnet)
  set_target_properties(${module} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${MS_MODULE_OUTPUT})
  target_compile_options(${module} PRIVATE -Wall -Wextra -ffp-contract=off -fvisibility=hidden)
endforeach()
