#include "common/dmarc/suffix_file.h"

#include <sys/stat.h>

#include "common/base/text.h"
#include "common/log/log.h"

namespace gp::dmarc {

const Suffixes* SuffixFile::now()
{
    struct stat status {};
    if (::stat(path_.c_str(), &status) != 0)
        status.st_mtim = {};
    const bool is_same = status.st_mtim.tv_sec == looked_at_.tv_sec && status.st_mtim.tv_nsec == looked_at_.tv_nsec;
    if (!has_looked_ || !is_same) {
        has_looked_ = true;
        looked_at_ = status.st_mtim;
        if (auto read = Suffixes::read(path_))
            suffixes_ = std::move(read).take();
        else
            log::panic("DMARC: dmarc_tld_file: " + escape(read.error().text));
    }
    return suffixes_ ? &*suffixes_ : nullptr;
}

}
