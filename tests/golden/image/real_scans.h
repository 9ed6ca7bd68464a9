/* tests/golden/image/real_scans.h: six real scans as SimpleITK 2.5.7 (ITK 5.4) reads them: GDCM series file
 * names, values below -1024 raised to -1024, reoriented to LPS. Size, spacing and origin in mm; the means of
 * all voxels, of the central third of every axis and of the lowest slice; the voxel at half of every size (n
 * / 2). Compared within 1e-4 mm, 1e-4 HU (means) and 1e-3 HU (voxel, a float). */
static const struct {
    const char *path;
    size_t n[3];
    double spacing_mm[3], origin_mm[3];
    double mean, mean_centre, mean_lowest, voxel;
} golden_scans[] = {
    {"acrin",
     {512, 512, 99},
     {0.976562, 0.976562, 4.25},
     {-250.0, -250.0, -846.25},
     -691.35942636355,
     -80.42907789291291,
     -664.6829490661621,
     -84.0},
    {"cort",
     {217, 217, 168},
     {3.0, 3.0, 2.5},
     {-325.0, -354.8, -300.5},
     -745.9451758194248,
     -16.904874021751098,
     -736.670327330144,
     231.7552947998047},
    {"crlm1006",
     {512, 512, 51},
     {0.804688, 0.804688, 5.0},
     {-191.0, -167.199997, -376.440002},
     -600.237398184982,
     41.43898072207235,
     -551.9789237976074,
     -3.0},
    {"pancreas",
     {512, 512, 134},
     {1.07421875, 1.07421875, 3.0},
     {-275.0, -178.1, 85.91},
     -710.2854440603684,
     35.28735679354331,
     -730.4916038513184,
     82.0},
    {"tcga",
     {512, 512, 269},
     {0.9765625, 0.9765625, 2.5},
     {-249.51171875, -465.51171875, -1468.0},
     -818.1734242634259,
     -463.9152635758771,
     -806.8861846923828,
     17.0},
    {"totalseg/example_ct.nii.gz",
     {122, 101, 112},
     {3.0, 3.0, 3.0},
     {-185.04367065429688, -311.3190002441406, 94.3017578125},
     -360.0194143170172,
     1.880220248943348,
     -358.44489530920305,
     281.0},
};
