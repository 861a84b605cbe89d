/** What this device keeps of unsaved work, encrypted with the person's key: one entry for each piece of work. */
import type { Kept } from "./saving";

const DATABASE = "workings-journal";
const STORE = "drafts";

interface Entry {
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly sealed: ArrayBuffer;
}

export interface Journal<T> {
  keep(kept: Kept<T>): Promise<boolean>;
  read(): Promise<Kept<T> | null>;
  forget(): Promise<void>;
}

/** A device that keeps nothing: no encryption here (the address is neither https nor this machine), or no key. */
function noJournal<T>(): Journal<T> {
  return { keep: () => Promise.resolve(false), read: () => Promise.resolve(null), forget: () => Promise.resolve() };
}

function decodeKey(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

function asPromise<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error ?? new Error("The device's store failed.")));
  });
}

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.addEventListener("upgradeneeded", () => { request.result.createObjectStore(STORE); });
  return asPromise(request);
}

class DeviceJournal<T> implements Journal<T> {
  constructor(private readonly database: IDBDatabase, private readonly key: CryptoKey, private readonly id: string) {}

  #store(mode: IDBTransactionMode): IDBObjectStore {
    return this.database.transaction(STORE, mode).objectStore(STORE);
  }

  /* The last text given is the one that stays, however long the encryption of an earlier one takes. */
  #last = 0;

  async keep(kept: Kept<T>): Promise<boolean> {
    this.#last += 1;
    const mine = this.#last;
    try {
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const plain = new TextEncoder().encode(JSON.stringify(kept));
      const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: new TextEncoder().encode(this.id) }, this.key, plain);
      if (mine === this.#last) await asPromise(this.#store("readwrite").put({ iv, sealed } satisfies Entry, this.id));
      return true;
    } catch {
      return false; /* No room, or a store that was taken away: the queue says that it is not kept. */
    }
  }

  async read(): Promise<Kept<T> | null> {
    try {
      const entry = await asPromise<Entry | undefined>(this.#store("readonly").get(this.id));
      if (entry === undefined) return null;
      const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: entry.iv, additionalData: new TextEncoder().encode(this.id) }, this.key, entry.sealed);
      return JSON.parse(new TextDecoder().decode(plain)) as Kept<T>;
    } catch {
      return null; /* Another person's entry, or another installation's key: it stays, unread. */
    }
  }

  async forget(): Promise<void> {
    this.#last += 1;
    try {
      await asPromise(this.#store("readwrite").delete(this.id));
    } catch {
      /* It is saved on the server; what is left here is only an old copy that the next visit compares. */
    }
  }
}

/** Open the journal of one piece of work; a device that cannot encrypt or store gives one that keeps nothing. */
export async function openJournal<T>(id: string, personKey: string): Promise<Journal<T>> {
  if (personKey === "" || globalThis.crypto?.subtle === undefined || !("indexedDB" in globalThis)) return noJournal();
  try {
    const key = await crypto.subtle.importKey("raw", decodeKey(personKey), "AES-GCM", false, ["encrypt", "decrypt"]);
    return new DeviceJournal(await openDatabase(), key, id);
  } catch {
    return noJournal();
  }
}
