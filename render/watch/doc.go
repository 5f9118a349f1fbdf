// Package watch tells which files below a folder have changed, in settled batches.
// It knows nothing of what the files are.
//
// # Batches
//
// The wait that people feel is the timer, not the work: so a batch is complete as
// soon as nothing has happened for a few milliseconds ([Watcher.Settle]), and no
// timer is longer than that. While the receiver is busy, what happens meanwhile
// waits for it as one batch. A storm that does not settle is given out after
// [maxSettle].
//
// # Events
//
// Folders are watched, not files, because editors save by writing another file
// and renaming it. A new folder is watched with all in it, and its name is in the
// batch, for files may have been there before it was watched. The names of
// editors' own files are left out ([Temporary]), and changes of mode and times
// alone: they are no changes of content.
//
// When the system drops events (fsnotify's ErrEventOverflow) the batch says
// [Batch.All]. When the folder itself is deleted the batch says so as well, and
// watching goes on as soon as it is there again.
//
// # Where there are no events
//
// Network mounts and some containers give none: with [Watcher.Poll] the folder is
// looked through at that interval instead, by size and time of modification.
// When the system allows no more watches (inotify(7), max_user_watches), the folders
// that are left are looked at once a second, and [Watcher.Limited] is told; when it
// allows no watcher at all (max_user_instances), all of them are.
package watch
