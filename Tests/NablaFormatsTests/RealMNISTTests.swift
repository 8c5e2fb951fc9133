import Foundation
import InputBytes
import Nabla
import NablaFormats
import Testing

private let realMNIST = ProcessInfo.processInfo.environment["NABLA_MNIST_DIR"] ?? ""

@Suite(.enabled(if: !realMNIST.isEmpty, "NABLA_MNIST_DIR names no folder with the four files of MNIST"))
struct RealMNISTTests {
  @Test("The published pixels and labels")
  func content() throws {
    let data = try DatasetFolder(realMNIST).load()
    let test = try #require(data.test)
    #expect((data.training.count, test.count) == (60_000, 10_000))
    #expect(data.training.classCount == 10)
    #expect(data.training.imageShape == Dataset.ImageShape(rows: 28, columns: 28))
    for (set, images, labels) in [(data.training, 0, 1), (test, 2, 3)] {
      let sizes = [set.count, 28, 28].flatMap { bigEndian($0) }
      #expect(
        hash([0, 0, 8, 3] + sizes, (0..<set.count).lazy.map { set.image(at: $0) })
          == MNISTDownload.published[images].rawSHA256)
      #expect(
        hash([0, 0, 8, 1] + bigEndian(set.count), [(0..<set.count).map { UInt8(set.label(at: $0)) }])
          == MNISTDownload.published[labels].rawSHA256)
    }
  }

  /// The SHA-256 of an IDX file, put together again.
  private func hash(_ header: [UInt8], _ parts: some Sequence<[UInt8]>) -> String {
    var hasher = SHA256Hasher()
    header.withUnsafeBytes { hasher.update($0) }
    for part in parts { part.withUnsafeBytes { hasher.update($0) } }
    return hasher.finalize()
  }

  @Test("The cache is verified without a download")
  func verify() throws {
    let folder = try TemporaryFolder()
    for file in MNISTDownload.published {
      try FileManager.default.copyItem(
        atPath: "\(realMNIST)/\(file.name).gz", toPath: folder.path("\(file.name).gz"))
    }
    let download = MNISTDownload(mirrors: ["http://127.0.0.1:1/"], folder: folder.path)
    #expect(try download.run() == [])
    let data = try DataSource.mnist.load(download: download)
    #expect(data.description == "MNIST: 60,000 training and 10,000 test images of 28 x 28 pixels, 10 classes")
  }
}
