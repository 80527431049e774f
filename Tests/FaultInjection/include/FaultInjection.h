/// A library to preload into a program, which makes one of its write-side system calls fail.
///
/// Calls count whose path, or whose descriptor's path, is a folder or lies below it. Variables of the
/// environment say what is to happen:
///
/// - `FAULT_FOLDER`: the folder, as an absolute path without links.
/// - `FAULT_CALL`: number of the call that is struck, from 1; none if it is not set.
/// - `FAULT_KIND`: `ENOSPC`, `EIO`, `EDQUOT` or `EINTR` fail the call; `full` fails it and all later ones
///   that take room, as a full disk does; `short` halves what it writes, `kill` ends the process at once in its place, `torn` after half of what it writes.
/// - `FAULT_LOG`: a file to which each counted call adds a line: its number, its name and its path.
/// - `FAULT_CHILDREN`: if set, programs that the program starts are treated alike, each with a count
///   of its own; else they are left alone.
///
/// Nothing is exported but the C library's own names.
