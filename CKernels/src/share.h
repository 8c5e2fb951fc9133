/* How a member finds its share. It depends on sizes, index and count alone, so every call splits alike: the
 * member that computes a panel in the forward pass updates it, and its weights stay in one core's cache. */
#ifndef NABLA_SHARE_H
#define NABLA_SHARE_H

#include "../include/nabla_kernels.h"

typedef struct range {
    size_t begin, end;
} range;

/* The `index`-th of `count` contiguous parts of 0 ..< total, as equal as possible; never overflows. */
static inline range part(size_t total, size_t index, size_t count)
{
    const size_t base = total / count, longer = total % count;
    const size_t begin = index * base + (index < longer ? index : longer);
    return (range){begin, begin + base + (index < longer)};
}

/* Elementwise work: multiples of 16 floats, so that no two members write one cache line of an aligned array. */
static inline range part_of_floats(size_t n, const nabla_member *member)
{
    if (!member) return (range){0, n};
    range r = part(n / NABLA_PANEL, member->index, member->count);
    r.begin *= NABLA_PANEL;
    r.end = member->index + 1 == member->count ? n : r.end * NABLA_PANEL;
    return r;
}

/* A share of a matrix of panels x rows: whole panels while there are enough of them; where members outnumber
 * panels, those that fall on one panel split its rows. `leads` marks one member per panel. */
typedef struct panel_share {
    range panels, rows;
    int leads;
} panel_share;

static inline panel_share part_of_panels(size_t panels, size_t rows, const nabla_member *member)
{
    if (!member || panels == 0) return (panel_share){{0, panels}, {0, rows}, 1};
    const size_t index = member->index, count = member->count;
    if (panels >= count) return (panel_share){part(panels, index, count), {0, rows}, 1};
    for (size_t panel = 0;; ++panel) {
        const range members = part(count, panel, panels); /* those that fall on this panel */
        if (index < members.end) {
            const size_t rank = index - members.begin;
            return (panel_share){{panel, panel + 1}, part(rows, rank, members.end - members.begin), rank == 0};
        }
    }
}

static inline size_t panels_in(size_t outputs) { return outputs / NABLA_PANEL + (outputs % NABLA_PANEL != 0); }

/* The outputs of this member's panels, whole panels only. */
static inline range part_of_outputs(size_t out, const nabla_member *member)
{
    if (!member) return (range){0, out};
    range r = part(panels_in(out), member->index, member->count);
    r.begin *= NABLA_PANEL;
    r.end = r.end * NABLA_PANEL < out ? r.end * NABLA_PANEL : out;
    return r;
}

static inline size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/* Augmentation. Floats in a row of dx or dy, whole blocks of 32; and in both smoothed rows with zeros before, between
 * and behind them, as many as a row at least. */
static inline size_t field_stride(size_t columns) { return (columns + 31) / 32 * 32; }
static inline size_t field_row_floats(size_t columns) { return 6 * field_stride(columns); }

/* Words, and bytes, in a row of a picture with its margin, so many that whole vectors may be read. */
static inline size_t warp_stride(size_t columns) { return (columns + 2 + 15) / 16 * 16; }
static inline size_t warp_byte_stride(size_t columns) { return warp_stride(columns) + 16; }

#endif
