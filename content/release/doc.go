//go:build unix

// Package release keeps a site on disk: it stages, checks, publishes, rolls
// back, prunes and exports releases. It is the only package that writes pages.
//
// # Files
//
//	<out>/lock                      marks the folder as icecap's; holds the writer's lock
//	<out>/current                   relative symbolic link to the published release
//	<out>/releases/000007-3f9a1c2b/ one release: a number that only grows, and
//	                                the first 8 hex digits of the manifest's SHA-256
//	    p/                          the pages, named by [content.Path.File]
//	    gate.map                    what NGINX must know of it: assets with a query, redirects
//	    manifest.jsonl              what the release holds, one JSON object a line
//	<out>/releases/.stage-*         a release that is being built
//	<out>/releases/.trash-*         a release that is being deleted
//
// A release is never changed once it has its name. Its manifest has one header
// line, then the pages sorted by path and variant, the redirects sorted by
// path, the skips sorted by URL. The name makes it verifiable: a manifest that
// does not hash to its folder's name is a [CorruptError]. The same pages give
// the same bytes of page lines.
//
// # Scopes
//
// A run speaks for its [content.Scope] only. The stage starts from the
// published site: what lies outside the scope is taken over as it is, what lies
// inside must be yielded again ([Stage.Page], [Stage.Keep]) or it disappears.
// Fingerprinted assets, such as app.3f9a1c2b.css, stay for three more releases
// of their scope, for the pages that browsers and caches still hold, unless the
// run met their URL and refused it.
//
// # Times
//
// NGINX makes its ETag of a file's time and size, so a changed page must never
// carry an old time. Every release has a clock, in whole seconds: the time at
// which it was staged, or one second after the newest clock of all releases on
// disk where the machine's time was set back. New and changed bytes get the
// clock as their file's time. Unchanged bytes (same key, media type and
// SHA-256) are hard links to the previous release's file and keep its time.
//
// # How a release is published
//
// In this order. A kill or a power loss at any moment leaves the old release
// published, or the new one, whole.
//
//  1. Take the writer's lock, an flock on lock, with pid and host written into
//     it. The kernel frees it when the holder dies, so no stale lock needs a
//     human. A second writer gets a [LockedError].
//  2. Recover: whoever holds the writer's lock knows that every .stage-* and
//     .trash-* is dead, and deletes it.
//  3. Read and verify the published manifest, and remember which release it was.
//  4. Build in releases/.stage-*, in the same folder as the releases, so that
//     the later rename cannot cross file systems. Every file is created anew
//     (O_EXCL) below folder handles that follow no symbolic link, written in
//     full, its close checked. Nothing is synced yet: one sync a page would
//     cost more than the crawl. The first failed write fails the stage.
//  5. [Stage.Check]: a run that yielded nothing, lost much of the site or lacks
//     a required page stops here.
//  6. Link the pages that are taken over. Compare the stage with the list of
//     what was written: a file, or a symbolic link, that is not ours stops here.
//  7. Write the gate map, and then the manifest, last, because its hash is the
//     release's name.
//  8. Sync all of it, with one syncfs where the system has it, else file by
//     file; then the manifest and the stage's folder once more by themselves. Before any
//     rename, because a file system may write a rename to disk before the data
//     that it names, and a power loss would then publish empty files. The
//     handle for syncfs is as old as the stage, so that it also reports what
//     the kernel failed to write in between (Linux 5.8 and later).
//  9. Take the commit lock, an flock on the folder releases, for what follows.
//     It is held for milliseconds, so that a rollback never waits for a crawl.
//  10. Refuse with a [MovedError] if current is not the release of step 3: a
//     rollback happened meanwhile, and publishing would silently undo it.
//  11. Rename the stage to the release's name and sync the folder releases,
//     because current must never name a folder that a power loss can take away.
//  12. Make the symbolic link .current-next and rename it over current: the
//     commit point. A rename is the only way that leaves no moment without the
//     link; NGINX answers from the old release or from the new one.
//  13. Sync the output folder. Only now is the release published.
//
// A failed sync is fatal and is not tried again: the kernel may have dropped
// the pages that it could not write, and a second sync would report success.
// Whatever fails up to here leaves the old release published; if the last sync
// fails, current is turned back.
//
// A kill between the steps 11 and 12 leaves a whole release that was never
// published. It is harmless, and [Store.Prune] removes it in its time.
//
// [Store.Rollback] does the steps 9, 12 and 13 with an older release, after
// verifying its manifest. [Store.Prune] takes both locks, renames what it
// removes to .trash-*, so that no half-deleted folder has a release's name, and
// then deletes.
//
// # Limits
//
// The output folder must be on a local file system with symbolic links. A
// network file system is not refused, but its renames and locks may not hold
// what this protocol needs. Files are 0644 and folders 0755 whatever the
// process's umask, because NGINX's worker is another user.
package release
