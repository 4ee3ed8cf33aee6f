# SPDX-License-Identifier: GPL-3.0-or-later
"""One random change to a file; each returns what it did, in words."""
import h5py
import numpy as np

HUGE = [0, -1, 1, 2**31 - 1, -2**31, 2**31, 2**63 - 1, -2**63, 255, 65535]
LARGE = [np.nan, np.inf, -np.inf, 1e308, -1e308, 1e38, 5e-324, 0.0, -1.0]


def damage_bytes(path, random):
    data = bytearray(open(path, "rb").read())
    size = len(data)
    at = int(random.integers(max(size, 1)))
    length = int(min(size - at, 2 ** random.integers(0, 12)))
    how = ["flip", "flip", "bytes", "zeros", "cut", "insert", "delete", "swap", "repeat", "word"][random.integers(10)]
    if size == 0:
        how = "insert"
    if how == "flip":
        n = int(random.integers(1, 9))
        for k in random.integers(size, size=n):
            data[k] ^= 1 << int(random.integers(8))
        what = f"{n} bits"
    elif how == "bytes":
        data[at:at + length] = random.bytes(length)
        what = f"{length} bytes at {at}"
    elif how == "zeros":
        data[at:at + length] = bytes(length)
        what = f"{length} zeros at {at}"
    elif how == "cut":
        del data[at:]
        what = f"cut to {at} of {size} bytes"
    elif how == "insert":
        data[at:at] = random.bytes(max(length, 1))
        what = f"{length} bytes inserted at {at}"
    elif how == "delete":
        del data[at:at + length]
        what = f"{length} bytes deleted at {at}"
    elif how == "swap":
        other = int(random.integers(size - length + 1))
        one, two = bytes(data[at:at + length]), bytes(data[other:other + length])
        data[at:at + length] = two
        data[other:other + length] = one
        what = f"{length} bytes at {at} and {other} exchanged"
    elif how == "repeat":
        data[at:at] = data[at:at + length]
        what = f"{length} bytes at {at} repeated"
    else:
        word = [b"\xff" * 8, b"\xff" * 4, b"\x00" * 8, b"\xff\xff\xff\x7f", b"-1", b"99999999999999999999", b"nan",
                b"\n", b"\t", b",", b"'", b'"', b"[", b"{", b":", b"%s%n", b"\xe4"][random.integers(17)]
        data[at:at + len(word)] = word
        what = f"{word!r} at {at}"
    with open(path, "wb") as stream:
        stream.write(data)
    return what


def change_value(data, random):
    """One element of a dataset that holds numbers."""
    value = data[()]
    flat = np.atleast_1d(value).reshape(-1)
    at = int(random.integers(flat.size))
    if flat.dtype.kind == "f":
        with np.errstate(over="ignore"):
            flat[at] = LARGE[random.integers(len(LARGE))]
    elif flat.dtype.kind in "iu":
        flat[at] = np.array([HUGE[random.integers(len(HUGE))] & (2**64 - 1)], dtype=np.uint64).astype(flat.dtype)[0]
    else:
        return False
    data[...] = flat.reshape(np.shape(value)) if np.ndim(value) else flat[0]
    return True


def other_shape(value, random):
    how = random.integers(5)
    if how == 0:
        return value.reshape(-1)
    if how == 1:
        return value[None]
    if how == 2:
        return value.T
    if how == 3:
        return value[:0] if value.ndim else value
    return np.concatenate([value, value]) if value.ndim else value


def replace(file, data, value, **options):
    """Another dataset under the same name, with the same attributes."""
    name, attributes = data.name, [(key, data.attrs.get_id(key), data.attrs[key]) for key in data.attrs]
    del file[name]
    new = file.create_dataset(name, data=value, **options)
    for key, _, attribute in attributes:
        new.attrs[key] = attribute


def damage_hdf5(path, random):
    with h5py.File(path, "r+") as file:
        items = []
        file.visititems(lambda name, item: items.append(item))
        item = items[random.integers(len(items))]
        name, is_data = item.name, isinstance(item, h5py.Dataset)
        types = ["i1", "u8", ">f4", ">i4", "f2", "S3", "?"]
        how = ["value", "value", "value", "shape", "type", "remove", "soft", "external", "attribute", "attribute", "group",
               "chunks"][random.integers(12)]
        if not is_data and how in ("value", "shape", "type", "group", "chunks"):
            how = "attribute"
        if how == "value" and data_is_empty(item):
            how = "remove"
        if how == "value":
            if not change_value(item, random):
                how = "remove"
        elif how == "shape":
            replace(file, item, other_shape(item[()], random))
        elif how == "type":
            try:
                replace(file, item, np.asarray(item[()]).astype(types[random.integers(len(types))]))
            except (TypeError, ValueError):
                how = "remove"
        elif how == "chunks" and item.shape and min(item.shape) > 0:
            replace(file, item, item[()], chunks=tuple(max(1, n // 2) for n in item.shape), compression="gzip",
                    shuffle=True, fletcher32=True)
        elif how == "soft":
            del file[name]
            file[name] = h5py.SoftLink(["/nowhere", name, "/"][random.integers(3)])
        elif how == "external":
            del file[name]
            file[name] = h5py.ExternalLink(["nowhere.h5", path][random.integers(2)], ["/", name][random.integers(2)])
        elif how == "group":
            del file[name]
            file.create_group(name)
        elif how == "attribute":
            how = "attribute " + damage_attribute(item, random)
        if how == "remove":
            del file[name]
    return f"{how} of {name}"


def data_is_empty(item):
    return item.shape is None or item.size == 0


def damage_attribute(item, random):
    keys = list(item.attrs)
    if not keys:
        item.attrs["encoding-type"] = ["csr_matrix", "csc_matrix", "array"][random.integers(3)]
        return "encoding-type"
    key = keys[random.integers(len(keys))]
    value = [None, -1, 2**63 - 1, np.nan, 1e308, "", "word", "\u00e4" * 300, np.arange(3), 0][random.integers(10)]
    del item.attrs[key]
    if value is not None:
        item.attrs[key] = value
    return key
