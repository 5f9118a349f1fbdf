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
//	    p                           relative symbolic link to the release's tree
//	    gate.map                    what NGINX must know of it: assets with a query, redirects
//	    manifest.jsonl              what the release holds, one JSON object a line
//	<out>/trees/000007/             a tree: the pages, named by [content.Path.File]
//	    blog/                       a folder of its own, or
//	    shop -> ../000003/shop      a shared folder: the link leads to the same path in another tree
//	<out>/releases/.stage-*         a release that is being built
//	    journal.jsonl               the pages that it was given so far; see Interrupted runs
//	<out>/releases/.copy-<id>       a release of another host that is being built here
//	<out>/releases/.trash-*         a release that is being deleted
//
// A release is never changed once it has its name. Its manifest has one header
// line, then the pages sorted by path and variant, the redirects sorted by
// path, the skips sorted by URL. The name makes it verifiable: a manifest that
// does not hash to its folder's name is a [CorruptError]. The same pages give
// the same bytes of page lines.
//
// # Shared folders
//
// A hard link for each of a million unchanged pages takes longer than a deploy
// may, and a directory entry in every release. So releases share folders. Every
// release has a tree of its own, numbered as it was begun; a folder whose pages
// all are those of the previous release is a symbolic link to where that folder
// really lies, and nothing below it is touched. In a changed folder unchanged
// pages are hard links. To publish one page makes the folders on the way to it
// anew, each with one level of links; what still grows with the site is a look at
// every file and a new manifest. A flat folder of a million pages is linked again
// as a whole.
//
//   - Whatever its size, the topmost folder that did not change is shared, but
//     for the root of a tree, and folders deeper than 16. Each link on the way to
//     a page is deeper than the one before, so that there are at most 16 of them;
//     Linux follows 40.
//   - The link of folder D leads to D in another tree, by a relative target of
//     exactly one spelling. A page's file thus has the path of its URL in
//     whichever tree it lies, and no URL leads to the folder of another. This
//     package follows such links only, into a folder that is no link itself.
//   - Before a folder is shared, each page in it is compared with the manifest,
//     by size and time, as before it is linked; one that the run kept was compared
//     then. A page that is missing or was altered is a [CorruptError]. A folder that
//     holds anything that is no page is not shared, its pages are linked: so nothing
//     planted lives on. Folders in which, by their own time of change, no name came
//     or went since the release was complete are not read again for that.
//   - A tree is not changed once its release is published, but that pruning
//     deletes the folders that no release on disk leads to any more. It finds
//     them by walking the trees, so that there are no counts that could be wrong.
//
// The manifest stays whole, one file a release. It is sorted, so a stage looks
// pages up in it and merges what it was given with the old lines, which are copied
// as they are. A stage needs memory for the pages that it is given, and an index of
// one key for 4 KB of the old manifest; it holds a manifest of up to 8 MiB, that of
// about 30,000 pages, in memory unless its scope is a list.
//
// # Beside a page
//
// A page that is worth it lies compressed beside itself, as about@.html.gz and
// about@.html.br, with the same time: not one below 1 KiB, not one of a type that
// is compressed by itself, and not where less than a tenth is gained; brotli only
// where it is smaller than gzip. The manifest has the sizes. Quality goes by heat
// (pack.go): pages quickly, style sheets and scripts slowly, those whose name
// changes with their bytes, and hot pages ([content.Page.Hot]), as well as can be. What belongs to a page is written,
// linked, counted and deleted with it, in shared folders as well; of what is
// compressed in a shared folder only the number of files is looked at.
//
// A copy that stands in for a failing app lies in the same folder, under a name
// with a "!" ([content.Path.FallbackFile]). So do the pages for what is gone.
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
// SHA-256) stay in the previous release's file, shared or linked, and keep its time.
//
// # Interrupted runs
//
// A stage with a journal ([Stage.Record]) outlives its process. The journal has a
// head (what was run, from which release, the clock) and then, for each page, its
// line as in a manifest, written once the files of the page are there. No page is
// synced, so a kill loses at most the page in hand, and a power loss may take lines
// or files or what is in them. [Store.Resume] therefore trusts nothing: a torn end is
// cut off, a page whose files lack or have another size or time is forgotten, a
// file that no line names is deleted, and [content.Previous.Open] compares the hash.
// It refuses another run, and one from another release. Whatever only reads, or
// prunes, leaves such a stage alone; the next [Store.Stage] deletes it.
//
// # How a release is published
//
// In this order. A kill or a power loss at any moment leaves the old release
// published, or the new one, whole.
//
//  1. Take the writer's lock, an flock on lock, with pid and host written into
//     it. The kernel frees it when the holder dies, so no stale lock needs a
//     human. A second writer gets a [LockedError].
//  2. Recover: whoever holds the writer's lock knows that every .stage-* without
//     a journal and every .trash-* is dead, and deletes it, a dead stage's tree before the stage:
//     without the stage nobody would know that the tree is dead.
//  3. Read and verify the published manifest, and remember which release it was.
//     Stop where the disk has no room even for a release without a changed page;
//     [Stage.Doubts] says what else speaks against this disk.
//  4. Build in releases/.stage-*, in the same folder as the releases, so that
//     the later rename cannot cross file systems. First comes the link p to a
//     tree, for step 2, then the tree, with the number after the highest; until
//     step 8 only its owner can look in. Every file is created anew
//     (O_EXCL) below folder handles that follow no symbolic link, written in
//     full, its close checked. Nothing is synced yet: one sync a page would
//     cost more than the crawl. The first failed write fails the stage.
//  5. [Stage.Check]: a run that yielded nothing, lost much of the site or lacks
//     a required page stops here.
//  6. Go through the pages, old and new, in their order: share the folders and
//     link the pages that are taken over, and write the manifest.
//  7. Compare the tree with the list of what was put there: a file, or a symbolic
//     link, that is not ours stops here. Write the gate map, then end the manifest,
//     last, because its hash is the release's name.
//  8. Show the tree to everybody. Sync all of it, with one syncfs where the
//     system has it, else file by file; then the manifest and the stage's folder
//     once more by themselves. Before any rename, because a file system may write
//     a rename to disk before the data that it names, and a power loss would then
//     publish empty files. The handle for syncfs is as old as the stage, so that
//     it also reports what the kernel failed to write in between (Linux 5.8 and
//     later).
//  9. Take the commit lock, an flock on the folder releases, for what follows.
//     It is held for milliseconds, so that a rollback never waits for a crawl.
//  10. Refuse with a [MovedError] if current is not the release of step 3: a
//     rollback happened meanwhile, and publishing would silently undo it.
//  11. Rename the stage to the release's name, which its tree and the link p do not
//     notice, and sync the folder releases, because current must never name a
//     folder that a power loss can take away.
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
// removes to .trash-*, so that no half-deleted folder has a release's name,
// syncs, and then deletes: first the folders of trees that no other release leads
// to, last the trash, whose presence tells the next writer to go on after a kill.
// Nothing that is deleted can be needed again, because a stage shares only what
// its previous release leads to.
//
// # Copies
//
// A release can be built from its manifest and the bodies of its pages, wherever
// they come from: [Store.Copy]. The copy has the same ID, the same manifest byte for
// byte, and so the same times: NGINX gives a page one ETag on every host. Folders
// and files are taken from the newest release on this disk where they are the same;
// the gate map is made anew from the manifest. Every body is hashed before it is
// written. The copy becomes a release by the rename of step 11, with the same syncs
// before and after; current does not move.
//
// A copy that was killed or suspended is no dead stage: the next [Store.Copy] of
// the same release hashes the files in it and keeps those that are whole. It is
// deleted by [Store.Prune], and where it ended while its unchanged pages were
// being taken over, by the next copy.
//
// # Limits
//
// The output folder must be on a local file system with symbolic links. A
// network file system is not refused, but [Stage.Doubts] names it: its renames and
// locks may not hold what this protocol needs. NGINX must follow symbolic links, as it does unless
// disable_symlinks is set. Files are 0644 and folders 0755 whatever the
// process's umask, because NGINX's worker is another user.
package release
