"""Sparse inputs, update rules, dropout and augmentation, compared with NumPy in double precision."""
import numpy as np

import nabla_kernels as nk
from numpy_support import IN, M, OUT, Layer, apart, close, floats, random, refused, sigmoid

# ----------------------------------------------------------------------------------------------- sparse inputs


def pictures(rows, columns=IN):
    return (random.integers(0, 256, (rows, columns)) * (random.random((rows, columns)) < 0.2)).astype(np.uint8)


def packed(pixels):
    starts = np.empty(len(pixels) + 1, np.uint64)
    nk.sparse_count(pixels, starts)
    entries = np.empty(int(starts[-1]), np.uint16)
    nk.sparse_pack(pixels, starts, entries)
    return starts, entries


def unpacked(entries, columns):
    row, place = np.zeros(columns, np.uint8), 0
    for entry in entries.tolist():
        place += entry & 255
        row[place] = entry >> 8
    return row


def test_sparse_count():
    pixels = pictures(M)
    starts, _ = packed(pixels)
    assert (np.diff(starts.astype(int)) == (pixels > 0).sum(1)).all()


def test_sparse_pack():
    pixels = pictures(M, 1000)
    pixels[0, :900] = 0  # a gap of more than 255 columns
    starts, entries = packed(pixels)
    for row, start, end in zip(pixels, starts, starts[1:]):
        assert (unpacked(entries[int(start): int(end)], 1000) == row).all()
    refused("sparse_pack: entries: expected shape", nk.sparse_pack, pixels, starts, entries[1:])


def batch():
    pixels, samples = pictures(M + 3), random.permutation(M + 3)[:M].astype(np.uint32)
    starts, entries = packed(pixels)
    return nk.Sparse(IN, starts, entries, samples), pixels[samples] / 255, (starts, entries)


def test_sparse_forward():
    layer, (x, dense, (starts, entries)) = Layer(), batch()
    a = np.empty((M, nk.padded(OUT)), "f4")
    nk.sparse_forward(nk.SIGMOID, OUT, x, layer.panels, layer.bias, a)
    close(a[:, :OUT], sigmoid(dense @ layer.w.T.astype(float) + layer.bias[:OUT]))
    refused("Sparse: entries: expected columns below 20", nk.Sparse, 20, starts, entries)
    refused("Sparse: samples: expected rows below 12, found 12", nk.Sparse, IN, starts, entries,
            np.array([3, 12], np.uint32))
    refused("Sparse: ends: expected places", nk.Sparse, IN, starts, entries[:-1])
    refused("Sparse: values: expected 256 floats, the first 0", nk.Sparse, IN, starts, entries, values=a[0])
    refused("sparse_forward: x: expected Sparse, found ndarray", nk.sparse_forward, 1, OUT, dense, layer.panels,
            layer.bias, a)


def test_sparse_update():
    layer, (x, dense, _) = Layer(), batch()
    nk.sparse_update(OUT, -0.1, layer.d, x, 0.9, layer.panels, layer.bias)
    close(layer.weights(), 0.9 * layer.w - 0.1 * layer.d[:, :OUT].T.astype(float) @ dense, 1e-5)


# ------------------------------------------------------------------------------------ update rules and dropout


def momentum(run, x, dense):
    """Two steps of momentum, the second with a velocity."""
    layer, velocity, v = Layer(), Layer(), 0
    velocity.panels[:], velocity.bias[:], w = 0, 0, layer.w.astype(float)
    rule = nk.Rule(kind=nk.RULE_MOMENTUM, rate=0.1, mean=1 / M, keep1=0.9, take1=0.1, decay=1)
    for _ in range(2):
        run(rule, OUT, layer.d, x, [(layer.panels, layer.bias), (velocity.panels, velocity.bias)])
        v = 0.9 * v - 0.1 / M * layer.d[:, :OUT].T.astype(float) @ dense
        w += v
    close(layer.weights(), w, 1e-5)
    close(layer.weights(velocity.panels), v, 1e-5)
    name = run.__name__
    refused(f"{name}: a pointer is NULL", run, rule, OUT, layer.d, x, [(layer.panels, layer.bias)])
    refused(f"{name}: layer: expected shape", run, rule, OUT, layer.d, x, [(layer.panels[1:], layer.bias)])
    refused(f"{name}: rule: expected Rule, found dict", run, {}, OUT, layer.d, x, [(layer.panels, layer.bias)])


def test_dense_rule():
    x = apart(M, IN)
    momentum(nk.dense_rule, x, x)


def test_sparse_rule():
    momentum(nk.sparse_rule, *batch()[:2])


def philox(low, high, key):
    """The four words of Philox4x32-10 (Salmon et al. 2011)."""
    c, k = [low & 0xFFFFFFFF, low >> 32, high & 0xFFFFFFFF, high >> 32], [key & 0xFFFFFFFF, key >> 32]
    for _ in range(10):
        p, q = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(q >> 32) ^ c[1] ^ k[0], q & 0xFFFFFFFF, (p >> 32) ^ c[3] ^ k[1], p & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


def kept(masks, n):
    return (np.repeat(masks, 16, -1) >> (np.arange(16 * masks.shape[-1]) % 16).astype(np.uint16) & 1)[..., :n]


def test_dropout_masks():
    masks, samples, drop = np.empty((M, 6), np.uint16), np.arange(3, 3 + M, dtype=np.uint32), 2**31
    nk.dropout_masks(90, drop, 5, 2**40 + 6, masks, samples)
    expected = [[philox(j // 64 * 16 + j % 16 | int(s) << 32, 2**40 + 6, 5)[j // 16 % 4] >= drop for j in range(90)]
                for s in samples]
    assert (kept(masks, 90) == np.array(expected)).all()
    nk.dropout_masks(90, drop, 5, 2**40 + 6, masks[:4])
    assert (kept(masks[3:4], 90) == np.array(expected[:1])).all()  # without samples: 0, 1, 2, 3
    refused("dropout_masks: drop: expected a whole number from 0 to 2^32 - 1", nk.dropout_masks, 90, 2**32, 5, 6, masks)


def test_dropout():
    masks, a = np.empty((M, 2), np.uint16), floats(M, nk.padded(OUT))
    nk.dropout_masks(OUT, 2**30, 1, 2, masks)
    expected = np.where(kept(masks, OUT), a[:, :OUT] * 1.5, 0)
    nk.dropout(OUT, 1.5, masks, a, a)  # in place
    close(a[:, :OUT], expected)
    refused("dropout: masks: expected shape (9, 2), found (9, 1)", nk.dropout, OUT, 1.5, masks[:, :1], a, a)


def test_sparse_dropout():
    pixels, mask = pictures(1, 90), np.empty((1, 6), np.uint16)
    nk.dropout_masks(90, 2**31, 1, 2, mask)
    _, entries = packed(pixels)
    to = np.empty_like(entries)
    count = nk.sparse_dropout(entries, mask[0], to)
    assert 0 < count < len(entries) and (unpacked(to[:count], 90) == pixels[0] * kept(mask[0], 90)).all()
    refused("sparse_dropout: mask: expected a bit for every column", nk.sparse_dropout, entries, mask[0, :2], to)


# ------------------------------------------------------------------------------------------------ augmentation


def test_affine_maps():
    distortion, maps = nk.Distortion(2, 15, 0.1, 10), np.empty(3, nk.AFFINE_MAP)
    nk.affine_maps(distortion, 28, 20, 7, 8, maps, np.array([4, 5, 6], np.uint32))
    u = [(w - 2**31 + 0.5) / 2**31 for c in (0, 1) for w in philox(c | 5 << 32, 8, 7)]
    turn, tangent = np.radians(15 * u[2]), np.tan(np.radians(10 * u[3]))
    c, s, sx, sy = np.cos(turn), np.sin(turn), 1 + 0.1 * u[4], 1 + 0.1 * u[5]
    expected = (c + tangent * s) / sx, (s - tangent * c) / sx, 9.5 + 2 * u[0], -s / sy, c / sy, 13.5 + 2 * u[1]
    close(np.array(maps[1].tolist()), np.array(expected))
    refused("affine_maps: an enum or count", nk.affine_maps, nk.Distortion(0, 0, 1, 0), 28, 20, 7, 8, maps)


def test_gaussian_size():
    assert nk.gaussian_size(4.0) == 25 and nk.gaussian_size(0.0) == 0


def test_gaussian():
    taps = np.empty(25, "f4")
    nk.gaussian(4.0, taps)
    expected = np.exp(-np.arange(-12, 13) ** 2 / 32)
    close(taps, expected / expected.sum())
    refused("gaussian: taps: expected shape (25,), found (24,)", nk.gaussian, 4.0, taps[1:])


def field(rows=28, columns=20):
    taps, dx, dy = np.empty(25, "f4"), np.empty((rows, columns), "f4"), np.empty((rows, columns), "f4")
    nk.gaussian(4.0, taps)
    nk.elastic_field(taps, 34.0, 7, 8, 5, dx, dy, np.empty(nk.elastic_workspace(rows, columns), "f4"))
    return taps, dx, dy


def test_elastic_workspace():
    assert nk.elastic_workspace(28, 28) > 0 and nk.elastic_workspace(2**14 + 1, 2**14) == 0


def test_elastic_field():
    taps, dx, dy = field()
    for part, found in enumerate((dx, dy)):
        noise = np.empty((28, 20))
        for i in range(28):
            for j in range(20):
                e = 64 * i + 32 * part + j
                word = philox(16 + e // 256 * 16 + e % 16 | 5 << 32, 8, 7)[e // 64 % 4]
                noise[i, j] = (2 * (word >> 8 * (e // 16 % 4) & 255) - 255) / 256
        smooth = [np.convolve(column, taps)[12:-12] for column in noise.T]
        close(found, 34 * np.array([np.convolve(row, taps)[12:-12] for row in np.array(smooth).T]), 1e-5)


def test_warp_workspace():
    assert nk.warp_workspace(28, 28) > 0 and nk.warp_workspace(2**12, 2**12) == 0


def warped(picture, dx=None, dy=None, shift=0.0):
    rows, columns = picture.shape
    map = np.array([(1, 0, (columns - 1) / 2 + shift, 0, 1, (rows - 1) / 2)], nk.AFFINE_MAP)
    out = np.empty_like(picture)
    nk.warp(picture, map, out, np.empty(nk.warp_workspace(rows, columns), np.uint32), dx, dy)
    return out


def test_warp():
    picture = pictures(28, 20)
    assert (warped(picture) == picture).all()
    assert (warped(picture, shift=1.0)[:, :-1] == picture[:, 1:]).all()
    _, dx, dy = field()
    x, y = np.clip(np.arange(20) + 1 + dx, 0, 21), np.clip(np.arange(28)[:, None] + 1 + dy, 0, 29)
    paper, j, i = np.pad(picture.astype(float), 1 + np.array([[0, 1], [0, 1]])), x.astype(int), y.astype(int)
    f, g = x - j, y - i
    upper, lower = (paper[r, j] * (1 - f) + paper[r, j + 1] * f for r in (i, i + 1))
    assert np.abs(warped(picture, dx, dy) - (upper * (1 - g) + lower * g)).max() < 0.51
    refused("warp: dy: expected shape (28, 20), found (28, 19)", warped, picture, dx, np.zeros((28, 19), "f4"))
    refused("warp: a pointer is NULL", warped, picture, dx)


def test_sparse_pack_row():
    pixels = pictures(1, 90)
    entries = np.empty(90, np.uint16)
    count = nk.sparse_pack_row(pixels[0], entries)
    assert (unpacked(entries[:count], 90) == pixels[0]).all()
