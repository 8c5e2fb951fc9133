import CKernels
import Testing

/// The C library as a Swift program sees it. Its own tests, in C, are in `CKernels/tests` and run with
/// `make kernels-test`.
@Suite struct CKernelsTests {
  @Test func theModuleImportsAndNamesItsInstructionSets() {
    #expect(String(cString: nabla_kernels_version()).split(separator: ".").count == 3)
    #expect(nabla_isa_available(NABLA_ISA_SCALAR) == 1)
    #expect(nabla_isa_available(nabla_selected_isa()) == 1)
    #expect(nabla_has_openmp() == 1)
  }

  /// A team of two runs its body twice, from Swift closures passed as C functions.
  @Test func aTeamRunsASwiftFunction() {
    let counts = UnsafeMutablePointer<Int32>.allocate(capacity: 2)
    counts.initialize(repeating: 0, count: 2)
    defer { counts.deallocate() }
    let status = nabla_team_run(
      2,
      { context, member in
        let index = Int(member!.pointee.index)
        context!.assumingMemoryBound(to: Int32.self)[index] += Int32(member!.pointee.count)
        nabla_barrier(member)
      }, counts)
    #expect(status == NABLA_OK)
    #expect(counts[0] == 2)
    #expect(counts[1] == 2)
  }

  @Test func wrongArgumentsAreAStatus() {
    #expect(nabla_sigmoid_f32(3, nil, nil, nil) == NABLA_ERROR_NULL_POINTER)
    #expect(String(cString: nabla_status_description(NABLA_ERROR_NULL_POINTER)).isEmpty == false)
  }
}
