"""What may stand on the disk after a loss of power, from a record of the calls that change files (faults/shim.c).

Of what was not synchronized, each part may have reached the disk or not: new names, renames and removals in every mix, and
of each file's bytes all, none, the first half, or zeros in place of either half.
"""
import itertools


def events_of(log):
    """The recorded calls; a write's bytes follow its line. Paths stand as the program opened them: "./.nabla-1-1.part"."""
    events, place = [], 0
    while place < len(log):
        end = log.index(b"\n", place)
        words = log[place:end].decode().split(" ")
        place = end + 1
        if words[0] == "write":
            words.append(log[place:place + int(words[2])])
            place += int(words[2])
        events.append([word.removeprefix("./") if isinstance(word, str) else word for word in words])
    return events


class File:
    """Bytes of a file: those in memory, and those that a loss of power leaves for sure."""

    def __init__(self, content=b""):
        self.content = self.durable = content

    def after_power_loss(self):
        if self.content == self.durable:
            return {self.content}
        half = len(self.content) // 2
        return {self.durable, self.content, self.content[:half], bytes(len(self.content)),
                self.content[:half] + bytes(len(self.content) - half)}


class Disk:
    """One folder. `syncs_files` and `syncs_folder` are False for a control: such calls then do nothing."""

    def __init__(self, files, syncs_files=True, syncs_folder=True):
        self.names = {name: File(content) for name, content in files.items()}
        self.durable_names = dict(self.names)
        self.syncs_files, self.syncs_folder = syncs_files, syncs_folder
        # Changes of names since the folder was synchronized, in their order: (old name, new name, file).
        self.pending, self.opened = [], {}

    def apply(self, event):
        match event:
            case ["open", descriptor, "1", path]:
                if path not in self.names:
                    self.names[path] = File()
                    self.pending.append((None, path, self.names[path]))
                self.opened[descriptor] = self.names[path]
            case ["open", descriptor, "0", path]:
                self.opened[descriptor] = "folder" if path == "." else None
            case ["write", descriptor, _, content] if isinstance(self.opened.get(descriptor), File):
                self.opened[descriptor].content += content
            case ["fsync", descriptor]:
                target = self.opened.get(descriptor)
                if target == "folder" and self.syncs_folder:
                    self.durable_names, self.pending = dict(self.names), []
                elif isinstance(target, File) and self.syncs_files:
                    target.durable = target.content
            case ["rename", source, target]:
                self.names[target] = self.names.pop(source)
                self.pending.append((source, target, self.names[target]))
            case ["unlink", path]:
                if self.names.pop(path, None):
                    self.pending.append((path, None, None))
            case ["close", descriptor]:
                self.opened.pop(descriptor, None)

    def states(self, wanted):
        """Every content that the files of these names may have together after a loss of power now: None where there is
        no file."""
        found = set()
        for kept in itertools.product((False, True), repeat=len(self.pending)):
            disk = dict(self.durable_names)
            for (source, target, file), is_kept in zip(self.pending, kept):
                if is_kept:
                    disk.pop(source, None)
                    if target:
                        disk[target] = file
            # A file may have two names on the disk, but only one content.
            files = list({disk[name] for name in wanted if name in disk})
            for contents in itertools.product(*(file.after_power_loss() for file in files)):
                content = dict(zip(files, contents))
                found.add(tuple(content[disk[name]] if name in disk else None for name in wanted))
        return found
