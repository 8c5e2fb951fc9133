// Classifies pictures with a network that was trained elsewhere: a safetensors model as `nabla train` writes it
// (layers.0.weight [out, in], layers.0.bias [out], layers.1.weight ..., F32) and raw IDX images as MNIST has them.
//
//   c++ -std=c++17 classify.cpp $(pkg-config --cflags --libs nabla-kernels) -o classify
//   ./classify model.safetensors t10k-images-idx3-ubyte              the class of every picture
//   ./classify model.safetensors t10k-images-idx3-ubyte t10k-labels-idx1-ubyte     and how many are right
//   ./classify --self-test                                           a network and pictures of its own
#include <nabla_kernels.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace
{

void check(nabla_status status)
{
    if (status != NABLA_OK) throw std::runtime_error(nabla_status_description(status));
}

std::string read_file(const std::string &path)
{
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot open " + path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t padded(std::size_t n) { return (n + NABLA_PANEL - 1) / NABLA_PANEL * NABLA_PANEL; }

// ---------------------------------------------------------------------------------------------------- the model

struct Tensor {
    std::vector<std::size_t> shape;
    std::vector<float> values;
};

// A safetensors file: 8 bytes with the header's length, little-endian; a JSON object that gives each tensor's dtype,
// shape and data_offsets; the data. This reads the fields it needs and is no JSON parser.
class Safetensors
{
  public:
    explicit Safetensors(const std::string &path) : bytes(read_file(path))
    {
        std::uint64_t length = 0;
        for (std::size_t i = 8; bytes.size() >= 8 && i-- > 0;)
            length = length << 8 | static_cast<unsigned char>(bytes[i]);
        if (bytes.size() < 8 || length > bytes.size() - 8) throw std::runtime_error(path + " is no safetensors file");
        header = bytes.substr(8, static_cast<std::size_t>(length));
        data = 8 + static_cast<std::size_t>(length);
    }

    bool has(const std::string &name) const { return header.find('"' + name + "\":") != std::string::npos; }

    Tensor tensor(const std::string &name) const
    {
        const std::size_t key = header.find('"' + name + "\":");
        if (key == std::string::npos) throw std::runtime_error("the model has no tensor " + name);
        const std::string entry = header.substr(key, header.find('}', key) - key);
        if (entry.find("\"F32\"") == std::string::npos) throw std::runtime_error(name + " is not F32");
        Tensor result{numbers(entry, "\"shape\""), {}};
        const std::vector<std::size_t> offsets = numbers(entry, "\"data_offsets\"");
        if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > bytes.size() - data)
            throw std::runtime_error(name + " lies outside the file");
        std::size_t left = (offsets[1] - offsets[0]) / sizeof(float), count = left;
        for (const std::size_t extent : result.shape) {
            if (extent == 0 || left % extent != 0) throw std::runtime_error(name + " has a shape its data do not fill");
            left /= extent;
        }
        if (left != 1) throw std::runtime_error(name + " has a shape its data do not fill");
        result.values.resize(count);
        std::memcpy(result.values.data(), bytes.data() + data + offsets[0], count * sizeof(float));
        return result;
    }

  private:
    // The whole numbers of the list behind `field`.
    static std::vector<std::size_t> numbers(const std::string &entry, const std::string &field)
    {
        const std::size_t at = entry.find(field), begin = at == std::string::npos ? at : entry.find('[', at);
        if (begin == std::string::npos) throw std::runtime_error("a tensor has no " + field);
        std::vector<std::size_t> list;
        const char *p = entry.c_str() + begin + 1;
        for (char *end; *p && *p != ']'; p = *end == ',' ? end + 1 : end) {
            list.push_back(std::strtoull(p, &end, 10));
            if (end == p) throw std::runtime_error(field + " is no list of sizes");
        }
        return list;
    }

    std::string bytes, header;
    std::size_t data;
};

struct Layer {
    std::size_t out, in;
    std::vector<float> panels, bias;
};

std::vector<Layer> read_network(const std::string &path)
{
    const Safetensors file(path);
    std::vector<Layer> network;
    for (std::size_t i = 0; i == 0 || file.has("layers." + std::to_string(i) + ".weight"); ++i) {
        const std::string name = "layers." + std::to_string(i);
        const Tensor weight = file.tensor(name + ".weight"), bias = file.tensor(name + ".bias");
        if (weight.shape.size() != 2 || bias.shape != std::vector<std::size_t>{weight.shape[0]} ||
            (i > 0 && weight.shape[1] != network.back().out))
            throw std::runtime_error(name + " does not fit its neighbours");
        Layer layer{weight.shape[0], weight.shape[1], {}, bias.values};
        layer.panels.resize(nabla_panels_size(layer.out, layer.in));
        layer.bias.resize(padded(layer.out)); // the lanes past `out` are zero
        check(nabla_panels_pack_f32(layer.out, layer.in, weight.values.data(), layer.in, layer.panels.data(), nullptr));
        network.push_back(std::move(layer));
    }
    return network;
}

// ---------------------------------------------------------------------------------------------------- the pictures

struct Bytes {
    std::size_t count, each;
    std::string elements;
};

// IDX: 0 0 8 D, then D big-endian sizes of 32 bits, then unsigned bytes.
Bytes read_idx(const std::string &path, std::size_t dimensions)
{
    const std::string file = read_file(path);
    const std::size_t start = 4 + 4 * dimensions;
    if (file.size() < start || file.compare(0, 3, std::string("\0\0\x08", 3)) != 0 ||
        static_cast<std::size_t>(file[3]) != dimensions)
        throw std::runtime_error(path + " is not a raw IDX file of bytes in that many dimensions");
    std::size_t sizes[2] = {0, 1};
    for (std::size_t d = 0; d < dimensions; ++d) {
        std::size_t size = 0;
        for (std::size_t i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(file[4 + 4 * d + i]);
        sizes[d != 0] = d == 0 ? size : sizes[1] * size;
    }
    const std::size_t held = file.size() - start;
    if (sizes[1] == 0 || held % sizes[1] != 0 || held / sizes[1] != sizes[0])
        throw std::runtime_error(path + " has another length than its header says");
    return {sizes[0], sizes[1], file.substr(start)};
}

// ---------------------------------------------------------------------------------------------------- the passes

// The class of each of `m` pictures: the output neuron that fires most.
std::vector<std::size_t> classify(const std::vector<Layer> &network, const std::uint8_t *pixels, std::size_t m)
{
    std::size_t ld = network.front().in;
    std::vector<float> a(m * ld), next;
    check(nabla_pixels_f32(m * ld, pixels, a.data(), nullptr));
    for (const Layer &layer : network) {
        const std::size_t ld_next = padded(layer.out);
        next.resize(m * ld_next);
        check(nabla_dense_forward_f32(NABLA_SIGMOID, m, layer.out, layer.in, a.data(), ld, layer.panels.data(),
                                      layer.bias.data(), next.data(), ld_next, nullptr));
        a.swap(next);
        ld = ld_next;
    }
    std::vector<std::size_t> classes(m);
    for (std::size_t s = 0; s < m; ++s) {
        const float *row = a.data() + s * ld;
        classes[s] = static_cast<std::size_t>(std::max_element(row, row + network.back().out) - row);
    }
    return classes;
}

std::vector<std::size_t> classify_all(const std::vector<Layer> &network, const Bytes &images)
{
    if (images.each != network.front().in) throw std::runtime_error("the pictures do not have the network's inputs");
    const std::size_t batch = 64; // a mini-batch's activations stay in the cache
    const auto *pixels = reinterpret_cast<const std::uint8_t *>(images.elements.data());
    std::vector<std::size_t> all;
    for (std::size_t s = 0; s < images.count; s += batch) {
        const auto some = classify(network, pixels + s * images.each, std::min(batch, images.count - s));
        all.insert(all.end(), some.begin(), some.end());
    }
    return all;
}

// ---------------------------------------------------------------------------------------------------- the self-test

// Three pictures of 3 x 3: a bar, a pole, a diagonal. The first layer knows them by heart, the second passes on.
int self_test()
{
    const int pictures[3][9] = {{0, 0, 0, 1, 1, 1, 0, 0, 0}, {0, 1, 0, 0, 1, 0, 0, 1, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
    float values[27 + 3 + 9 + 3], *value = values;
    for (const auto &picture : pictures)
        for (const int pixel : picture) *value++ = pixel ? 4.0f : -4.0f;
    for (int i = 0; i < 3; ++i) *value++ = -8;
    for (int i = 0; i < 9; ++i) *value++ = i % 4 == 0 ? 8.0f : 0.0f;
    for (int i = 0; i < 3; ++i) *value++ = -4;
    const std::string header = R"({"__metadata__":{"format":"nabla"},)"
                               R"("layers.0.weight":{"dtype":"F32","shape":[3,9],"data_offsets":[0,108]},)"
                               R"("layers.0.bias":{"dtype":"F32","shape":[3],"data_offsets":[108,120]},)"
                               R"("layers.1.weight":{"dtype":"F32","shape":[3,3],"data_offsets":[120,156]},)"
                               R"("layers.1.bias":{"dtype":"F32","shape":[3],"data_offsets":[156,168]}})";
    std::ofstream model("classify-test.safetensors", std::ios::binary);
    for (int i = 0; i < 8; ++i) model.put(static_cast<char>(header.size() >> 8 * i));
    model << header;
    model.write(reinterpret_cast<const char *>(values), sizeof values);
    model.close();

    const std::size_t count = 70; // more than one mini-batch
    std::ofstream images("classify-test.idx", std::ios::binary);
    images << std::string("\0\0\x08\x03\0\0\0\x46\0\0\0\x03\0\0\0\x03", 16);
    for (std::size_t s = 0; s < count; ++s)
        for (const int pixel : pictures[s % 3]) images.put(static_cast<char>(pixel ? 255 : s % 50));
    images.close();

    const auto classes = classify_all(read_network("classify-test.safetensors"), read_idx("classify-test.idx", 3));
    std::size_t right = 0;
    for (std::size_t s = 0; s < classes.size(); ++s) right += classes[s] == s % 3;
    std::printf("%zu of %zu pictures recognised\n", right, count);
    return right != count;
}

} // namespace

int main(int argc, char **argv)
try {
    if (argc == 2 && std::strcmp(argv[1], "--self-test") == 0) return self_test();
    if (argc != 3 && argc != 4) {
        std::fprintf(stderr, "usage: classify MODEL IMAGES [LABELS] | classify --self-test\n");
        return 2;
    }
    const auto classes = classify_all(read_network(argv[1]), read_idx(argv[2], 3));
    if (argc == 3) {
        for (std::size_t s = 0; s < classes.size(); ++s) std::printf("%zu\n", classes[s]);
        return 0;
    }
    const Bytes labels = read_idx(argv[3], 1);
    if (labels.count != classes.size()) throw std::runtime_error("there are not as many labels as pictures");
    std::size_t right = 0;
    for (std::size_t s = 0; s < classes.size(); ++s)
        right += classes[s] == static_cast<unsigned char>(labels.elements[s]);
    std::printf("%zu of %zu right\n", right, classes.size());
    return 0;
} catch (const std::exception &error) {
    std::fprintf(stderr, "classify: %s\n", error.what());
    return 1;
}
