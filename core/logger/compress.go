package logger

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// compress puts <file>.gz in the place of a finished file. It works on a file of
// another name until that is complete and on the disk, so a crash at any point
// leaves either the file or its whole compressed form. Files that somebody still
// has open are left for the next round.
func compress(ctx context.Context, path string) error {
	release, err := lockAlone(path)
	if errors.Is(err, errBusy) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("compressing %s: %w", path, err)
	}
	if err := errors.Join(replace(ctx, path, path+".gz"), release()); err != nil {
		return fmt.Errorf("compressing %s: %w", path, err)
	}
	return nil
}

// replace writes path to packed and deletes it. The two have the same time of
// modification: where packed is there already with that time, an earlier round
// was killed between the two steps. With another time it holds other lines, and
// both stay.
func replace(ctx context.Context, path, packed string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	before, err := os.Stat(packed)
	switch {
	case err == nil && before.ModTime().Equal(info.ModTime()), info.Size() == 0:
		return os.Remove(path)
	case err == nil:
		return nil
	}
	part := packed + partSuffix
	if err := pack(ctx, path, part, info); err != nil {
		return errors.Join(err, ignoreMissing(os.Remove(part)))
	}
	if err := os.Rename(part, packed); err != nil {
		return err
	}
	return os.Remove(path)
}

// pack writes path, compressed, to the new file part.
func pack(ctx context.Context, path, part string, info os.FileInfo) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close() // only read from
	out, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, info.Mode().Perm())
	if err != nil {
		return err
	}
	zip := gzip.NewWriter(out)
	zip.Name, zip.ModTime = filepath.Base(path), info.ModTime()
	_, err = io.Copy(zip, untilDone{ctx, in})
	if err := errors.Join(err, zip.Close(), out.Sync(), out.Close()); err != nil {
		return err
	}
	return os.Chtimes(part, info.ModTime(), info.ModTime())
}

// untilDone reads until ctx ends, so that closing the log need not wait for a
// large file.
type untilDone struct {
	ctx context.Context
	in  io.Reader
}

func (r untilDone) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.in.Read(p)
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
