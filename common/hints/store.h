// A Berkeley DB file of hints: what was learnt about other hosts and may be lost without harm.
//
// One process owns each file (a lock says so); the others ask it. There is no Berkeley DB environment and
// no DB_CONFIG: a killed owner wedges nobody. What the file says is never trusted: records are decoded with
// bounds by those who put them there, and a file that is damaged is moved aside as FILE.broken and begun
// anew, with a line in the log. So nothing here returns an error after open(): what cannot be read is not
// there, what cannot be written is forgotten.
//
// Writes go to the library's cache and reach the file in flush() or when the cache is full; nothing is ever
// synced to disk. A marker FILE.open stays behind when the owner dies before close; the next owner then has
// the whole file verified before it uses it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp::hints {

struct StoreLimits {
    std::size_t cache = 4 * 1024 * 1024; // octets of the library's cache, at least 128 KiB
    std::size_t key = 1024;              // longer keys and values are not kept
    std::size_t value = 4096;
    unsigned mode = 0640;
};

enum class Visit { keep, erase, stop };

class Store {
public:
    static Result<std::unique_ptr<Store>> open(std::string path, const StoreLimits& limits = {});
    ~Store(); // flushes
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    std::optional<std::string> get(std::string_view key);
    void put(std::string_view key, std::string_view value);
    void erase(std::string_view key);

    // Every record with a key >= `from`, in order of key, until the visitor stops. The visitor must not call
    // the store.
    using Visitor = std::function<Visit(std::string_view key, std::string_view value)>;
    void for_each(std::string_view from, const Visitor& visitor);

    void flush();          // the cache to the file; cheap when nothing was written
    std::uint64_t count(); // counts by walking: for tools and tests
    std::uint64_t times_lost() const { return times_lost_; } // how often the file was begun anew
    const std::string& path() const { return path_; }

private:
    struct Handle;
    Store(std::string path, const StoreLimits& limits);
    Status take_ownership();
    Status open_file();
    bool fits(std::string_view key, std::string_view value) const;
    void failed(std::string_view doing, int error);
    void begin_anew(std::string_view why);

    std::string path_;
    StoreLimits limits_;
    std::unique_ptr<Handle> handle_;
    int marker_ = -1; // FILE.open, locked as long as we own the store
    bool dirty_ = false;
    std::uint64_t times_lost_ = 0;
};

}
