import CKernels
import Nabla

// XOR: two inputs, one hidden layer, two outputs that say "equal" and "different".
let data = try Dataset(
  images: [0, 0, 0, 255, 255, 0, 255, 255], labels: [0, 1, 1, 0], imageShape: .init(rows: 1, columns: 2))
let network = try Network(topology: Topology([2, 4, 2]), cost: .crossEntropy, seed: 2)
let trainer = try Trainer(
  network: network, data: data, configuration: TrainingConfiguration(learningRate: 4, miniBatchSize: 4))
for _ in 1...1000 { try trainer.trainEpoch() }
let evaluation = try network.evaluate(data)
print("\(evaluation.correct) / \(evaluation.total), kernels \(String(cString: nabla_kernels_version()))")
