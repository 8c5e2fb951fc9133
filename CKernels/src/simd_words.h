/* What the kernel bodies share whatever the vector width. Included once, before any target region.
 *
 * The words each simd_*.h defines; `first` words touch only the first `count` lanes (0 ... LANES), the others
 * load as zero:
 *
 *   LANES  TILE_ROWS  TILE_PANELS         floats in a vector; the register tile, rows x panels
 *   vec  ivec                             floats, and the same bits as 32-bit integers
 *   vec_set1  vec_load  vec_store  vec_load_first  vec_store_first  vec_keep_first
 *   vec_load_pixels                       LANES bytes to floats
 *   vec_add  vec_sub  vec_mul  vec_div  vec_fma     each correctly rounded, vec_fma(a, b, c) = a b + c
 *   vec_minus_abs  vec_max  vec_min (the second operand when either is NaN)
 *   vec_if_negative(x, yes, no)           x < 0 ? yes : no; either of them where x is a zero or NaN
 *   ivec_from_bits                        the bits of floats
 *   vec_scale(x, n)                       x 2^n for a whole n, rounded once; where the set has it: HAS_VEC_SCALE
 *   vec_from_bits  ivec_shift_left_23     where it has not
 *   vec_sqrt  vec_copy_sign(x, sign)      correctly rounded; x >= +0 with the sign of `sign`
 *   vec_if_positive(x, yes)               x > 0 ? yes : +0
 *   vec_unless_below(x, bound)            |x| < bound ? +0 : x
 *   vec_if_bit(bits, yes)                 lane i: bit i of `bits` ? yes : +0
 *   ivec_set1  ivec_count_from  ivec_xor  32-bit integers; lane i of ivec_count_from(x) is x + i
 *   ivec_multiply(a, b, high)             the low and the high halves of the products, unsigned
 *   ivec_at_least(x, bound)               bit i: lane i of x >= lane i of bound, unsigned
 *   ivec_and  ivec_or  ivec_shift_left  ivec_shift_right(x, n)      the same n in each lane, 0 from the right
 *   ivec_load_bytes  ivec_store  ivec_store_bytes_first             bytes to and from the lanes' lowest bits
 *   ivec_gather(p, index)                 lane i: p[lane i of index]
 *   ivec_truncate  vec_from_whole         floats from 0 up and below 2^24 to their whole parts, and back
 *   vec_load_columns(from, row, column)   4 vectors from LANES rows of 4 floats: lane j of column[i] = from[j row + i]
 *   vec_join(x)                           lane i: the i-th 16 chains of x (16 / LANES vectors) joined, where chain j
 *                                         takes chain j + 8, then j + 4, j + 2, j + 1
 */
#ifndef NABLA_SIMD_WORDS_H
#define NABLA_SIMD_WORDS_H

#include <math.h>
#include <string.h>

#include "kernel_table.h"
#include "share.h"

/* Kernels are built from small pieces with constant arguments; a piece that is not inlined keeps its vectors in
 * memory. */
#define INLINE static inline __attribute__((always_inline))

/* Functions with registers of their own: their inner loops then address through pointers, in shorter instructions, and
 * their scratch does not add up on one frame. */
#define NOINLINE static __attribute__((noinline))

/* Arrays of vectors become registers only when the loops over them are unrolled completely. */
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

#endif
