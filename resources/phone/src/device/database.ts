// The accounts in IndexedDB, the only storage that holds a key without being able to read it.

import type { Account } from "./account.ts";

const NAME = "countersign";
const STORE = "accounts";

function opened(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "device" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the phone's storage failed"));
  });
}

/** A key counts as kept once it is: a transaction may still come to nothing after its request has succeeded. */
async function within<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await opened();
  try {
    const transaction = database.transaction(STORE, mode, { durability: "strict" });
    const asked = work(transaction.objectStore(STORE));
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error("the phone's storage failed"));
    });
    return asked.result;
  } finally {
    database.close();
  }
}

export function allAccounts(): Promise<Account[]> {
  return within("readonly", (store) => store.getAll() as IDBRequest<Account[]>);
}

export async function saveAccount(account: Account): Promise<void> {
  await within("readwrite", (store) => store.put(account));
}

export async function removeAccount(device: string): Promise<void> {
  await within("readwrite", (store) => store.delete(device));
}

/** Otherwise the browser may drop the keys when space runs short. A refusal changes nothing that we could do. */
export async function keepStorage(): Promise<void> {
  await navigator.storage?.persist?.().catch(() => false);
}
