// Something made once and kept from call to call; read and replaced by several threads.
#pragma once

#include <memory>
#include <mutex>

namespace pellucid {

template <class T>
class Keep {
  public:
    using Made = std::shared_ptr<const T>;

    Made load() const {
        const std::lock_guard lock(mutex_);
        return made_;
    }

    void store(Made made) {
        const std::lock_guard lock(mutex_);
        made_.swap(made);
    }

    // What is kept, or else what `make` gives, kept from now on.
    template <class Make>
    Made get(const Make& make) {
        if (Made made = load()) return made;
        Made made = std::make_shared<const T>(make());
        store(made);
        return made;
    }

  private:
    mutable std::mutex mutex_;
    Made made_;
};

}  // namespace pellucid
