/* image/itk_shim.cpp: ITK behind a table of C functions. Runs in the child process that decodes a scan. Every
 * reader is named, none is looked up, so that a file's content cannot choose which code reads it. */
#include "image/itk_shim.h"

#include <cstdio>
#include <exception>
#include <new>
#include <stdexcept>
#include <vector>

#include <itkGDCMImageIO.h>
#include <itkImageIOBase.h>
#include <itkMetaImageIO.h>
#include <itkNiftiImageIO.h>
#include <itkNrrdImageIO.h>
#include <itkObject.h>

namespace {

using Io = itk::ImageIOBase::Pointer;

Io make_io(int format) {
    switch (format) {
    case 0:
        return itk::GDCMImageIO::New().GetPointer();
    case 1:
        return itk::NiftiImageIO::New().GetPointer();
    case 2:
        return itk::NrrdImageIO::New().GetPointer();
    case 3:
        return itk::MetaImageIO::New().GetPointer();
    default:
        throw std::runtime_error("unknown format");
    }
}

Io open_file(int format, const char *path) {
    itk::Object::GlobalWarningDisplayOff();
    Io io = make_io(format);
    io->SetFileName(path);
    io->ReadImageInformation();
    return io;
}

void fill_header(const itk::ImageIOBase &io, ms_itk_header &header) {
    const unsigned dimensions = io.GetNumberOfDimensions();
    header = ms_itk_header{};
    header.dimensions = static_cast<int>(dimensions);
    header.components = static_cast<int>(io.GetNumberOfComponents());
    for (unsigned axis = 0; axis < 3; axis++) {
        header.n[axis] = axis < dimensions ? io.GetDimensions(axis) : 1;
        header.spacing[axis] = axis < dimensions ? io.GetSpacing(axis) : 1.0;
        header.origin[axis] = axis < dimensions ? io.GetOrigin(axis) : 0.0;
        for (unsigned row = 0; row < 3; row++) {
            double value = row == axis ? 1.0 : 0.0;
            if (axis < dimensions && row < io.GetDirection(axis).size()) value = io.GetDirection(axis)[row];
            header.direction[3 * row + axis] = value;
        }
    }
}

template <typename T> void to_float(const std::vector<char> &bytes, float *values, size_t n) {
    const T *source = reinterpret_cast<const T *>(bytes.data());
    for (size_t i = 0; i < n; i++) values[i] = static_cast<float>(source[i]);
}

void convert(const itk::ImageIOBase &io, const std::vector<char> &bytes, float *values, size_t n) {
    using Type = itk::IOComponentEnum;
    if (bytes.size() / io.GetComponentSize() < n) throw std::runtime_error("fewer values than voxels");
    switch (io.GetComponentType()) {
    case Type::UCHAR:
        return to_float<unsigned char>(bytes, values, n);
    case Type::CHAR:
        return to_float<signed char>(bytes, values, n);
    case Type::USHORT:
        return to_float<unsigned short>(bytes, values, n);
    case Type::SHORT:
        return to_float<short>(bytes, values, n);
    case Type::UINT:
        return to_float<unsigned int>(bytes, values, n);
    case Type::INT:
        return to_float<int>(bytes, values, n);
    case Type::ULONG:
        return to_float<unsigned long>(bytes, values, n);
    case Type::LONG:
        return to_float<long>(bytes, values, n);
    case Type::ULONGLONG:
        return to_float<unsigned long long>(bytes, values, n);
    case Type::LONGLONG:
        return to_float<long long>(bytes, values, n);
    case Type::FLOAT:
        return to_float<float>(bytes, values, n);
    case Type::DOUBLE:
        return to_float<double>(bytes, values, n);
    default:
        throw std::runtime_error("its voxels are of a type that is not read");
    }
}

void read_values(int format, const char *path, const size_t n[3], float *values) {
    Io io = open_file(format, path);
    ms_itk_header header;
    fill_header(*io, header);
    if (header.components != 1) throw std::runtime_error("several values a voxel");
    for (unsigned axis = 0; axis < 3; axis++)
        if (header.n[axis] != n[axis])
            throw std::runtime_error("its size is not the one its header declares");
    for (unsigned axis = 3; axis < io->GetNumberOfDimensions(); axis++)
        if (io->GetDimensions(axis) != 1) throw std::runtime_error("more than three dimensions");
    itk::ImageIORegion region(io->GetNumberOfDimensions());
    for (unsigned axis = 0; axis < io->GetNumberOfDimensions(); axis++) {
        region.SetIndex(axis, 0);
        region.SetSize(axis, io->GetDimensions(axis));
    }
    io->SetIORegion(region);
    std::vector<char> bytes(io->GetImageSizeInBytes());
    io->Read(bytes.data());
    convert(*io, bytes, values, n[0] * n[1] * n[2]);
}

/* Runs `work`; whatever it throws becomes text. */
template <typename Work> int guarded(char *message, size_t size, Work work) {
    try {
        work();
        return 0;
    } catch (const itk::ExceptionObject &e) {
        std::snprintf(message, size, "%s", e.GetDescription());
    } catch (const std::bad_alloc &) {
        std::snprintf(message, size, "out of memory");
    } catch (const std::exception &e) {
        std::snprintf(message, size, "%s", e.what());
    } catch (...) {
        std::snprintf(message, size, "unknown exception");
    }
    return 1;
}

int inspect(int format, const char *path, ms_itk_header *header, char *message, size_t size) {
    return guarded(message, size, [&] { fill_header(*open_file(format, path), *header); });
}

int read(int format, const char *path, const size_t n[3], float *values, char *message, size_t size) {
    return guarded(message, size, [&] { read_values(format, path, n, values); });
}

const ms_itk_api functions = {MS_ITK_ABI, inspect, read};

} // namespace

extern "C" __attribute__((visibility("default"))) const ms_itk_api *ms_itk_functions(void) {
    return &functions;
}
