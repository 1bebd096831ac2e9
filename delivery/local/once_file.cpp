#include "delivery/local/once_file.h"

#include <db.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "common/base/owned_fd.h"

namespace gp::local {
namespace {

constexpr std::size_t longest_address = 2048;

Result<OwnedFd> open_file(const std::string& path, std::uint32_t mode)
{
    OwnedFd file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode)};
    if (!file)
        return system_error("Failed to open \"once\" file " + path);
    if (::flock(file.get(), LOCK_EX) != 0)
        return system_error("lock " + path);
    return file;
}

// Entries of a time and an address that ends with a zero octet.
class PlainFile final : public OnceFile {
public:
    PlainFile(OwnedFd file, std::string path, std::size_t largest)
        : file_(std::move(file)), path_(std::move(path)), largest_(largest)
    {
    }
    Status read()
    {
        struct stat about = {};
        if (::fstat(file_.get(), &about) != 0)
            return system_error("stat " + path_);
        std::string octets(std::min(static_cast<std::size_t>(about.st_size), largest_), '\0');
        const auto got = ::pread(file_.get(), octets.data(), octets.size(), 0);
        octets.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
        for (std::string_view rest = octets; rest.size() > sizeof(std::time_t);) {
            Entry entry;
            std::memcpy(&entry.when, rest.data(), sizeof entry.when);
            rest.remove_prefix(sizeof entry.when);
            const auto end = rest.find('\0');
            if (end == std::string_view::npos)
                break;
            entry.address = rest.substr(0, end);
            rest.remove_prefix(end + 1);
            entries_.push_back(std::move(entry));
        }
        return {};
    }
    std::optional<std::time_t> last(const std::string& address) override
    {
        for (const auto& entry : entries_)
            if (entry.address == address)
                return entry.when;
        return std::nullopt;
    }
    Status remember(const std::string& address, std::time_t when) override
    {
        std::erase_if(entries_, [&](const Entry& entry) { return entry.address == address; });
        entries_.push_back({when, address});
        while (size() > largest_ && entries_.size() > 1)
            entries_.erase(entries_.begin());
        std::string octets;
        for (const auto& entry : entries_) {
            octets.append(reinterpret_cast<const char*>(&entry.when), sizeof entry.when);
            octets.append(entry.address.c_str(), entry.address.size() + 1);
        }
        if (::pwrite(file_.get(), octets.data(), octets.size(), 0) != static_cast<ssize_t>(octets.size()) ||
            ::ftruncate(file_.get(), static_cast<off_t>(octets.size())) != 0)
            return system_error("write " + path_);
        return {};
    }

private:
    struct Entry {
        std::time_t when = 0;
        std::string address;
    };
    std::size_t size() const
    {
        std::size_t octets = 0;
        for (const auto& entry : entries_)
            octets += sizeof entry.when + entry.address.size() + 1;
        return octets;
    }
    OwnedFd file_;
    const std::string path_;
    const std::size_t largest_;
    std::vector<Entry> entries_; // the oldest first
};

struct CloseDb {
    void operator()(DB* db) const { db->close(db, 0); }
};

// Keys and values as Exim's: the address with its zero octet, the time as the machine has it.
class Database final : public OnceFile {
public:
    Database(OwnedFd lock, DB* db) : lock_(std::move(lock)), db_(db) {}
    std::optional<std::time_t> last(const std::string& address) override
    {
        DBT key = key_of(address), value{};
        std::time_t when = 0;
        value.data = &when;
        value.ulen = sizeof when;
        value.flags = DB_DBT_USERMEM;
        if (address.size() > longest_address || db_->get(db_.get(), nullptr, &key, &value, 0) != 0 || value.size != sizeof when)
            return std::nullopt;
        return when;
    }
    Status remember(const std::string& address, std::time_t when) override
    {
        if (address.size() > longest_address)
            return {};
        DBT key = key_of(address), value{};
        value.data = &when;
        value.size = sizeof when;
        if (const int failed = db_->put(db_.get(), nullptr, &key, &value, 0))
            return temporary(std::string("the \"once\" database cannot be written: ") + db_strerror(failed));
        return {};
    }

private:
    static DBT key_of(const std::string& address)
    {
        DBT key{};
        key.data = const_cast<char*>(address.c_str());
        key.size = static_cast<u_int32_t>(address.size() + 1);
        return key;
    }
    OwnedFd lock_; // closed after the database
    std::unique_ptr<DB, CloseDb> db_;
};

Result<std::unique_ptr<OnceFile>> open_database(const std::string& path, std::uint32_t mode, const std::string& transport)
{
    DB* db = nullptr;
    if (const int failed = ::db_create(&db, nullptr, 0))
        return temporary(std::string("db_create: ") + db_strerror(failed));
    db->set_errcall(db, [](const DB_ENV*, const char*, const char*) {});
    if (const int failed = db->open(db, nullptr, path.c_str(), nullptr, DB_HASH, DB_CREATE, static_cast<int>(mode))) {
        db->close(db, 0);
        return temporary("Failed to open DBM file " + path + " when sending message from " + transport + " transport: " + db_strerror(failed));
    }
    auto lock = open_file(path, mode); // two replies at once, to the same stranger
    if (!lock) {
        db->close(db, 0);
        return lock.error();
    }
    return std::unique_ptr<OnceFile>(std::make_unique<Database>(std::move(lock).take(), db));
}

}

Result<std::unique_ptr<OnceFile>> OnceFile::open(const std::string& path, std::uint32_t mode, std::size_t largest, const std::string& transport)
{
    if (!largest)
        return open_database(path, mode, transport);
    auto file = std::make_unique<PlainFile>(TRY(open_file(path, mode)), path, largest);
    TRY(file->read());
    return std::unique_ptr<OnceFile>(std::move(file));
}

}
