// lmdb: a key in an LMDB data base, read-only (manual 9.3).

#include <lmdb.h>

#include "common/lookup/file_check.h"
#include "common/lookup/lookup.h"

namespace gp::lookup {
namespace {

class LmdbFile final : public Source {
public:
    static Result<std::unique_ptr<Source>> open(const std::string& path)
    {
        const auto checked = TRY(open_for_search(path, "LMDB lookup", "lmdb"));
        auto made = std::make_unique<LmdbFile>();
        made->path_ = path;
        made->device_ = checked.status.st_dev;
        made->inode_ = checked.status.st_ino;
        if (::mdb_env_create(&made->environment_) != 0)
            return temporary("LMDB: no memory");
        // Without the lock file: a reader's jail cannot write one, and a copy-on-write tree stays whole.
        int error = ::mdb_env_open(made->environment_, path.c_str(), MDB_RDONLY | MDB_NOSUBDIR | MDB_NOLOCK, 0);
        MDB_txn* transaction = nullptr;
        if (error == 0)
            error = ::mdb_txn_begin(made->environment_, nullptr, MDB_RDONLY, &transaction);
        if (error == 0)
            error = ::mdb_dbi_open(transaction, nullptr, 0, &made->table_);
        if (transaction && error == 0)
            error = ::mdb_txn_commit(transaction);
        else if (transaction)
            ::mdb_txn_abort(transaction);
        if (error != 0)
            return temporary("LMDB: unable to open " + path + ": " + ::mdb_strerror(error));
        return std::unique_ptr<Source>(std::move(made));
    }

    LmdbFile() = default;
    LmdbFile(const LmdbFile&) = delete;
    LmdbFile& operator=(const LmdbFile&) = delete;
    ~LmdbFile() override
    {
        if (environment_)
            ::mdb_env_close(environment_);
    }

    Result<Answer> find(const Question& question) override
    {
        MDB_txn* transaction = nullptr;
        int error = ::mdb_txn_begin(environment_, nullptr, MDB_RDONLY, &transaction);
        if (error != 0)
            return failed(error);
        std::string key(question.key);
        MDB_val wanted{key.size(), key.data()}, found{};
        error = ::mdb_get(transaction, table_, &wanted, &found);
        Answer answer;
        if (error == 0)
            answer = Answer::with(std::string(static_cast<const char*>(found.mv_data), found.mv_size));
        ::mdb_txn_abort(transaction);
        // A key longer than the file's largest cannot be in it.
        if (error != 0 && error != MDB_NOTFOUND && error != MDB_BAD_VALSIZE)
            return failed(error);
        return answer;
    }

    // What is written into the file is seen; only another file in its place is not.
    bool is_stale() const override
    {
        struct stat status {};
        return ::stat(path_.c_str(), &status) != 0 || status.st_dev != device_ || status.st_ino != inode_;
    }

private:
    Error failed(int error) const { return temporary(path_ + ": LMDB: " + ::mdb_strerror(error)); }

    std::string path_;
    dev_t device_ = 0;
    ino_t inode_ = 0;
    MDB_env* environment_ = nullptr;
    MDB_dbi table_ = 0;
};

Result<std::unique_ptr<Source>> open(const Environment&, const std::string& path)
{
    return LmdbFile::open(path);
}

const RegisterLookup self{{
    .name = "lmdb",
    .style = Style::file,
    .open = open,
    .doc = "A key in an LMDB data base.",
}};

}
}
