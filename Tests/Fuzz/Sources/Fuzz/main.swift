import Foundation
import NablaFormats

// `FUZZ_TARGET=idx Fuzz [options of libFuzzer] [FOLDER or FILE ...]`; without FUZZ_TARGET it lists the targets, and
// with FUZZ_SEEDS=FOLDER writes the seeds that Nabla's own writers make.
if let folder = ProcessInfo.processInfo.environment["FUZZ_SEEDS"] {
  try Seeds.write(to: folder)
  exit(0)
}
guard FuzzTarget.chosen != nil else {
  for target in FuzzTarget.allCases { print(target.rawValue, target.greatestLength) }
  exit(0)
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ run: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

var argumentCount = CommandLine.argc
var arguments = CommandLine.unsafeArgv
exit(
  runFuzzer(&argumentCount, &arguments) { start, count in
    FuzzTarget.chosen?.check(UnsafeRawBufferPointer(start: start, count: count))
    return 0
  })
