/* radiomics/fft.h: discrete Fourier transforms of images, for filters defined by frequency and for sums over
 * all pairs of voxels.
 *
 * Lines are transformed by GSL's mixed-radix routines; a length with a prime factor above 13 by Bluestein's
 * chirp algorithm (Bluestein 1970), so that the cost is N log N for every size. Images are interleaved
 * complex doubles (re, im, re, im, ...), the first axis fastest. The same bytes with any number of threads.
 */
#ifndef MS_RADIOMICS_FFT_H
#define MS_RADIOMICS_FFT_H

#include "base/base.h"

/* The smallest length from n up that has no prime factors but 2, 3, 5 and 7: what to pad to where the size is
 * free. 1 for 0. */
size_t ms_fft_good_size(size_t n);

/* Transforms data[2 * n[0] * n[1] * n[2]] in place along the axes of which axes[a] is true (NULL: all).
 * Forward: X(k) = sum x(j) exp(-2 pi i j k / n); inverse: with the other sign, divided by the product of the
 * transformed lengths. MS_ERESOURCE when memory runs out; data is then undefined. */
MS_NODISCARD ms_status ms_fft(double *data, const size_t n[3], const bool axes[3], bool inverse,
                              ms_error *err);

/* The cyclic cross-correlation of two real images a[] and b[], both of the size n, by the three transforms:
 * c(d) = sum over p of a(p) b(p + d), indices modulo n; c may be a or b. Pad with zeros to n >= 2 * size - 1
 * to have it without wrapping around. */
MS_NODISCARD ms_status ms_fft_correlate(const double *a, const double *b, const size_t n[3], double *c,
                                        ms_error *err);

#endif
