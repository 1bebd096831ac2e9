// The names in a directory, for those that look for a message or count for a quota.
#pragma once

#include <dirent.h>

#include <cerrno>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp::local {

inline constexpr std::size_t most_entries = 10'000'000; // looked at in one directory

// Calls `with` for each of them, until it fails; a directory that is not there has none.
template <class F>
Status each_entry(const std::string& path, const F& with)
{
    const std::unique_ptr<DIR, int (*)(DIR*)> directory{::opendir(path.c_str()), ::closedir};
    if (!directory)
        return errno == ENOENT ? Status{} : Status{system_error("open " + path)};
    for (std::size_t count = 0; count < most_entries; ++count) {
        const dirent* entry = ::readdir(directory.get());
        if (!entry)
            break;
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..")
            TRY(with(name));
    }
    return {};
}

}
