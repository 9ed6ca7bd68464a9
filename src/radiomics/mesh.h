/* radiomics/mesh.h: the surface mesh of a region, and convex hulls. */
#ifndef MS_RADIOMICS_MESH_H
#define MS_RADIOMICS_MESH_H

#include "radiomics/radiomics.h"

typedef struct ms_mesh {
    double area_mm2, volume_mm3;
    int32_t (*vertex)[3]; /* [n_vertices], in half voxels of the box with one voxel added around; owned */
    size_t n_vertices;
} ms_mesh;
/* in[n[0] * n[1] * n[2]]. by_complement: pyradiomics' mesh, which takes a cube whose corner at (x, y + 1, z +
 * 1) is inside as the cube turned inside out. */
MS_NODISCARD ms_status ms_mesh_build(const size_t n[3], const uint8_t *in, const double spacing[3],
                                     bool by_complement, ms_mesh *mesh, ms_error *err);
void ms_mesh_clear(ms_mesh *mesh);

typedef struct ms_hull {
    int32_t (*vertex)[3]; /* [n]: the corners, in the units of the points; owned */
    size_t n;
    double area_mm2, volume_mm3;
} ms_hull;
/* The convex hull of points[n] (not all in one plane), whose unit along axis a is unit_mm[a]. Exact:
 * whole-number arithmetic, coordinates below 2^19 in size. */
MS_NODISCARD ms_status ms_hull_build(const int32_t (*points)[3], size_t n, const double unit_mm[3],
                                     ms_hull *hull, ms_error *err);
void ms_hull_clear(ms_hull *hull);

#endif
