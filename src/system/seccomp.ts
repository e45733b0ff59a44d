/**
 * A filter of system calls for programs of strangers, as bubblewrap takes it: a program of the kernel's BPF machine
 * (seccomp(2)). It forbids what could widen what they may do, above all user namespaces, in which anybody has all
 * capabilities; nothing that Node needs.
 */
import { endianness } from "node:os";

/** By architecture: what the kernel calls it (linux/audit.h), and the numbers of its system calls (asm/unistd.h). */
const MACHINES = {
  x64: {
    audit: 0xc000003e,
    // Calls of the x32 interface have numbers of their own above this bit.
    numbersBelow: 0x40000000,
    clone: 56,
    // ptrace, personality, pivot_root, chroot, acct, mount, umount2, swapon, swapoff, reboot, init_module,
    // delete_module, quotactl, kexec_load, add_key, request_key, keyctl, unshare, perf_event_open, name_to_handle_at,
    // open_by_handle_at, setns, finit_module, kexec_file_load, bpf, userfaultfd
    forbidden: [
      101, 135, 155, 161, 163, 165, 166, 167, 168, 169, 175, 176, 179, 246, 248, 249, 250, 272, 298, 303, 304,
      308, 313, 320, 321, 323,
    ],
    memfdCreate: 319,
  },
  arm64: {
    audit: 0xc00000b7,
    numbersBelow: 0x40000000,
    clone: 220,
    // The same, in the order of their numbers here.
    forbidden: [
      39, 40, 41, 51, 60, 89, 92, 97, 104, 105, 106, 117, 142, 217, 218, 219, 224, 225, 241, 264, 265, 268,
      273, 280, 282, 294,
    ],
    memfdCreate: 279,
  },
} as const;
/** The new mount calls, and memfd_secret: the same numbers everywhere. */
const FORBIDDEN_EVERYWHERE = [428, 429, 430, 431, 432, 433, 442, 447];
/** clone3, whose flags a filter cannot see; io_uring. Programs do without where they are told that there is none. */
const ABSENT_EVERYWHERE = [435, 425, 426, 427];

const EPERM = 1;
const ENOSYS = 38;
const CLONE_NEWUSER = 0x10000000;
/** Where seccomp_data has the number, the architecture, and the lower half of the first argument. */
const NUMBER_AT = 0;
const ARCHITECTURE_AT = 4;
const ARGUMENT_AT = 16;
/** BPF: load a word, jump if equal, if any bit is set, if not less, return. */
const LOAD = 0x20;
const IF_EQUAL = 0x15;
const IF_BITS = 0x45;
const IF_AT_LEAST = 0x35;
const RETURN = 0x06;
const ALLOW = 0x7fff0000;
const FAIL_WITH = 0x00050000;

type Instruction = readonly [code: number, value: number, ifTrue?: number, ifFalse?: number];

/** The filter, or undefined for a machine that it does not know. */
export function strangersFilter(architecture: string = process.arch): Buffer | undefined {
  const machine = architecture === "x64" || architecture === "arm64" ? MACHINES[architecture] : undefined;
  if (!machine || endianness() !== "LE") return undefined;
  const answerWith = (code: number, number: number): Instruction[] => [
    [IF_EQUAL, number, 0, 1],
    [RETURN, FAIL_WITH | code],
  ];
  const program: Instruction[] = [
    [LOAD, ARCHITECTURE_AT],
    [IF_EQUAL, machine.audit, 1, 0],
    [RETURN, FAIL_WITH | EPERM],
    [LOAD, NUMBER_AT],
    [IF_AT_LEAST, machine.numbersBelow, 0, 1],
    [RETURN, FAIL_WITH | EPERM],
    ...[...machine.forbidden, ...FORBIDDEN_EVERYWHERE].flatMap((number) => answerWith(EPERM, number)),
    ...[machine.memfdCreate, ...ABSENT_EVERYWHERE].flatMap((number) => answerWith(ENOSYS, number)),
    [IF_EQUAL, machine.clone, 0, 3],
    [LOAD, ARGUMENT_AT],
    [IF_BITS, CLONE_NEWUSER, 0, 1],
    [RETURN, FAIL_WITH | EPERM],
    [RETURN, ALLOW],
  ];
  return Buffer.concat(
    program.map(([code, value, ifTrue = 0, ifFalse = 0]) => {
      const bytes = Buffer.alloc(8);
      bytes.writeUInt16LE(code, 0);
      bytes.writeUInt8(ifTrue, 2);
      bytes.writeUInt8(ifFalse, 3);
      bytes.writeUInt32LE(value >>> 0, 4);
      return bytes;
    }),
  );
}
