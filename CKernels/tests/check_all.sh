#!/usr/bin/env bash
# Every check of the kernels there is, for a person to start before a release. Takes from half an hour upwards.
#
#     check_all.sh                 every lane
#     check_all.sh gcc tsan        these lanes
#
# Lanes whose compiler, runtime or emulator is missing say so and are skipped. BUILD names the folder that is built
# in, JOBS how much runs at once, SWEEP=31 thins the sweep to every 31st float.
set -uo pipefail
cd "$(dirname "$0")/.."
build=${BUILD:-../.build/check-kernels} jobs=${JOBS:-2} sweep=${SWEEP:-1}
lanes=(gcc gcc-serial gcc-debug gcc-debug-serial clang clang-serial clang-debug clang-debug-serial
  asan tsan arm64 sweep)
[ $# -gt 0 ] && lanes=("$@")
mkdir -p "$build"
rows=() failed=0

row() { rows+=("$(printf '%-19s %-8s %s' "$1" "$2" "$3")"); [ "$2" != FAILED ] || failed=1; }
has() { command -v "$1" >/dev/null; }

# What a lane's tests counted ("12 cases, 0 failures" and the like) and how far the sigmoid was from the true one.
figures() {
  sed 's/^[0-9]*: //' "$1" | awk '
    /^[0-9]+ (cases|calls|checks|elements)/ { cases += $1 }
    /^largest error of the samples/ { error = ", sigmoid " $7 ", tanh " $16 " ULP" }
    /tests failed out of/ { tests = $NF }
    END { printf "%d tests", tests; if (cases) printf ", %d cases%s", cases, error }'
}

# lane NAME CTEST-ARGUMENT... -- CMAKE-ARGUMENT...
lane() {
  local name=$1 test_arguments=() log=$build/$1.log
  shift
  while [ "$1" != -- ]; do test_arguments+=("$1"); shift; done
  shift
  printf '== %s\n' "$name"
  if cmake -S . -B "$build/$name" -DNABLA_WERROR=ON "$@" >"$log" 2>&1 &&
    cmake --build "$build/$name" --parallel "$jobs" >>"$log" 2>&1 &&
    ctest --test-dir "$build/$name" -LE slow --parallel "$jobs" --verbose "${test_arguments[@]}" >"$log" 2>&1; then
    row "$name" passed "$(figures "$log")"
  else
    tail -n 30 "$log"
    row "$name" FAILED "see $log"
  fi
}

compilers() { echo "-DCMAKE_C_COMPILER=$1" "-DCMAKE_CXX_COMPILER=$2"; }

# The first clang that links the thread sanitizer: some toolchains bring the compiler without the runtime.
clang_with_thread_sanitizer() {
  local candidate
  for candidate in clang clang-{30..14}; do
    has "$candidate" && has "${candidate/clang/clang++}" || continue
    echo 'int main(void) { return 0; }' | "$candidate" -fsanitize=thread -x c - -o "$build/linked" 2>/dev/null &&
      echo "$candidate" && return
  done
}

run_lane() {
  local name=$1 pair type=Release openmp=ON faults=OFF
  case $name in
    gcc*) pair=$(compilers gcc g++) ;;
    clang* | asan) pair=$(compilers clang clang++) ;;
  esac
  case $name in
    gcc* | clang*)
      has "${name%%-*}" || { row "$name" skipped "no ${name%%-*}"; return; }
      [[ $name == *debug* ]] && type=Debug
      [[ $name == *serial* ]] && openmp=OFF
      [[ $name == *-* ]] || faults=ON
      lane "$name" -- $pair -DCMAKE_BUILD_TYPE=$type -DNABLA_OPENMP=$openmp -DNABLA_FAULTS=$faults
      ;;
    asan)
      has clang || { row asan skipped "no clang"; return; }
      lane asan -- $pair -DNABLA_SANITIZE=address,undefined
      ;;
    tsan)
      # Archer tells the sanitizer what LLVM's OpenMP runtime orders; without it, every region looks like a race.
      local archer thread_clang
      archer=$(find /usr/lib /usr/local/lib -name libarcher.so 2>/dev/null | head -n 1)
      thread_clang=$(clang_with_thread_sanitizer)
      { [ -n "$thread_clang" ] && [ -n "$archer" ]; } || {
        row tsan skipped "no clang with its sanitizer, or no libarcher (Debian: clang-14 libclang-rt-14-dev libomp-dev)"
        return
      }
      pair=$(compilers "$thread_clang" "${thread_clang/clang/clang++}")
      OMP_TOOL_LIBRARIES=$archer TSAN_OPTIONS="ignore_noninstrumented_modules=1 ${TSAN_OPTIONS:-}" \
        lane tsan -R 'team|fork' -- $pair -DNABLA_SANITIZE=thread
      ;;
    arm64)
      { has aarch64-linux-gnu-gcc && has qemu-aarch64; } || {
        row arm64 skipped "no compiler or emulator (Debian: gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user)"
        return
      }
      lane arm64 -- -DCMAKE_TOOLCHAIN_FILE=cmake/aarch64-linux-gnu.cmake
      ;;
    sweep)
      printf '== sweep\n'
      local log=$build/sweep.log verdict=passed line
      cmake -S . -B "$build/sweep" -DCMAKE_BUILD_TYPE=Release >"$log" 2>&1 &&
        cmake --build "$build/sweep" --parallel "$jobs" --target sweep_activations >>"$log" 2>&1 &&
        nice -n 19 "$build/sweep/tests/sweep_activations" "$sweep" >"$log" 2>&1 || verdict=FAILED
      while read -r line; do row sweep "$verdict" "$line"; done <"$log"
      ;;
    *) row "$name" FAILED "is no lane" ;;
  esac
}

for name in "${lanes[@]}"; do run_lane "$name"; done
printf '\n'
printf '%s\n' "${rows[@]}"
exit $failed
