#include "common/hints/store.h"

#include <db.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "common/log/log.h"

namespace gp::hints {
namespace {

constexpr std::uint32_t page_size = 4096;
constexpr std::size_t least_cache = 128 * 1024;

// Hints are not worth a wait for the disk: a torn file is found by the marker and the checksums.
int no_sync(int)
{
    return 0;
}

void library_says(const DB_ENV*, const char*, const char* message)
{
    log::debug("hints_lookup", message);
}

DBT view(std::string_view text)
{
    DBT dbt;
    std::memset(&dbt, 0, sizeof dbt);
    dbt.data = const_cast<char*>(text.data()); // the library's interface has no const
    dbt.size = static_cast<u_int32_t>(text.size());
    return dbt;
}

DBT empty()
{
    DBT dbt;
    std::memset(&dbt, 0, sizeof dbt);
    return dbt;
}

std::string_view text_of(const DBT& dbt)
{
    return {static_cast<const char*>(dbt.data), dbt.size};
}

bool is_whole(const std::string& path)
{
    DB* db = nullptr;
    if (::db_create(&db, nullptr, 0) != 0)
        return false;
    db->set_errcall(db, library_says);
    return db->verify(db, path.c_str(), nullptr, nullptr, 0) == 0; // closes the handle in any case
}

}

struct Store::Handle {
    DB* db = nullptr;
    Handle() = default;
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() { close(0); }
    void close(u_int32_t flags)
    {
        if (db)
            db->close(db, flags);
        db = nullptr;
    }
};

Store::Store(std::string path, const StoreLimits& limits) : path_(std::move(path)), limits_(limits) {}

Store::~Store()
{
    flush();
    handle_.reset();
    if (marker_ < 0)
        return;
    ::unlink((path_ + ".open").c_str()); // closed in order: no verification next time
    ::close(marker_);
}

Result<std::unique_ptr<Store>> Store::open(std::string path, const StoreLimits& limits)
{
    ::db_env_set_func_fsync(no_sync);
    std::unique_ptr<Store> store(new Store(std::move(path), limits));
    TRY(store->take_ownership());
    if (auto opened = store->open_file(); !opened) {
        store->begin_anew(opened.error().text);
        if (!store->handle_)
            return temporary("hints " + store->path_ + ": " + opened.error().text);
    }
    return store;
}

// The marker is locked for as long as we live, and was left behind if its maker did not close in order.
Status Store::take_ownership()
{
    const std::string marker = path_ + ".open";
    const bool left_behind = ::access(marker.c_str(), F_OK) == 0;
    marker_ =
        ::open(marker.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, static_cast<mode_t>(limits_.mode));
    if (marker_ < 0)
        return system_error("open " + marker);
    if (::flock(marker_, LOCK_EX | LOCK_NB) != 0) {
        const int error = errno;
        ::close(marker_);
        marker_ = -1; // it belongs to the other owner
        if (error == EWOULDBLOCK)
            return temporary("hints " + path_ + ": another process owns this file");
        return system_error("lock " + marker, error);
    }
    if (left_behind && ::access(path_.c_str(), F_OK) == 0 && !is_whole(path_))
        begin_anew("damaged when its last owner died");
    return {};
}

Status Store::open_file()
{
    if (handle_)
        return {};
    // The library makes a new file under this name first. One that an owner left who was killed there would be taken
    // for another's work in progress, and waited for without end; the file is ours alone.
    const auto slash = path_.rfind('/') + 1;
    ::unlink((path_.substr(0, slash) + "__db." + path_.substr(slash)).c_str());
    auto handle = std::make_unique<Handle>();
    if (const int error = ::db_create(&handle->db, nullptr, 0))
        return temporary(std::string("create handle: ") + ::db_strerror(error));
    DB* db = handle->db;
    db->set_errcall(db, library_says);
    const auto cache = std::max(limits_.cache, least_cache);
    int error = db->set_cachesize(db, 0, static_cast<u_int32_t>(cache), 1);
    if (!error)
        error = db->set_pagesize(db, page_size);
    if (!error)
        error = db->set_flags(db, DB_CHKSUM);
    if (!error)
        error = db->open(db, nullptr, path_.c_str(), nullptr, DB_BTREE, DB_CREATE,
                         static_cast<int>(limits_.mode));
    if (error)
        return temporary(std::string("open: ") + ::db_strerror(error));
    handle_ = std::move(handle);
    return {};
}

bool Store::fits(std::string_view key, std::string_view value) const
{
    return !key.empty() && key.size() <= limits_.key && value.size() <= limits_.value;
}

std::optional<std::string> Store::get(std::string_view key)
{
    if (!handle_ || !fits(key, {}))
        return std::nullopt;
    DBT wanted = view(key);
    DBT found = empty();
    const int error = handle_->db->get(handle_->db, nullptr, &wanted, &found, 0);
    if (error == DB_NOTFOUND)
        return std::nullopt;
    if (error) {
        failed("read", error);
        return std::nullopt;
    }
    if (found.size > limits_.value)
        return std::nullopt;
    return std::string(text_of(found));
}

void Store::put(std::string_view key, std::string_view value)
{
    if (!handle_ || !fits(key, value))
        return;
    DBT name = view(key);
    DBT content = view(value);
    dirty_ = true;
    if (const int error = handle_->db->put(handle_->db, nullptr, &name, &content, 0))
        failed("write", error);
}

void Store::erase(std::string_view key)
{
    if (!handle_ || !fits(key, {}))
        return;
    DBT name = view(key);
    dirty_ = true;
    const int error = handle_->db->del(handle_->db, nullptr, &name, 0);
    if (error && error != DB_NOTFOUND)
        failed("delete", error);
}

void Store::for_each(std::string_view from, const Visitor& visitor)
{
    if (!handle_)
        return;
    DBC* cursor = nullptr;
    int error = handle_->db->cursor(handle_->db, nullptr, &cursor, 0);
    if (error)
        return failed("open cursor", error);
    DBT key = view(from);
    DBT value = empty();
    auto step = from.empty() ? static_cast<u_int32_t>(DB_FIRST) : static_cast<u_int32_t>(DB_SET_RANGE);
    for (;;) {
        error = cursor->get(cursor, &key, &value, step);
        if (error)
            break;
        step = DB_NEXT;
        const auto what = visitor(text_of(key), text_of(value));
        if (what == Visit::stop)
            break;
        if (what == Visit::keep)
            continue;
        dirty_ = true;
        error = cursor->del(cursor, 0);
        if (error)
            break;
    }
    cursor->close(cursor);
    if (error && error != DB_NOTFOUND)
        failed("walk", error);
}

void Store::flush()
{
    if (!handle_ || !dirty_)
        return;
    dirty_ = false;
    if (const int error = handle_->db->sync(handle_->db, 0))
        failed("write out", error);
}

std::uint64_t Store::count()
{
    std::uint64_t found = 0;
    for_each({}, [&](std::string_view, std::string_view) {
        ++found;
        return Visit::keep;
    });
    return found;
}

void Store::failed(std::string_view doing, int error)
{
    begin_anew(std::string(doing) + ": " + ::db_strerror(error));
}

void Store::begin_anew(std::string_view why)
{
    if (handle_)
        handle_->close(DB_NOSYNC);
    handle_.reset();
    dirty_ = false;
    ++times_lost_;
    const std::string aside = path_ + ".broken";
    if (::rename(path_.c_str(), aside.c_str()) == 0)
        log::alarm("hints file " + path_ + " is damaged (" + std::string(why) + "): moved to " + aside +
                   ", a new one is begun; what it said about retry times is forgotten");
    else if (errno == ENOENT)
        log::alarm("hints file " + path_ + ": " + std::string(why));
    else
        log::alarm("hints file " + path_ + " is damaged (" + std::string(why) +
                   ") and cannot be moved aside: " + system_error("rename").text +
                   "; going on without hints");
    if (auto opened = open_file(); !opened)
        log::alarm("hints file " + path_ + ": " + opened.error().text + "; going on without hints");
}

}
